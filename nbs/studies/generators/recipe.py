"""The recipe for few labels, one thing changed at a time: python recipe.py FOLDER [--views 3200] ...

FOLDER is what draw.sh has made. Each run learns from a few images of one generator, and reads 500 others, whose texts it
did not learn. A run starts from `synth`, if it says nothing else. Its rows are appended to recipe.csv: what the network
reads before the training, at three quarters of the way, after it, and with the mean of its weights. Runs that the table
has are passed over."""
import random, time
from dataclasses import replace
from pathlib import Path
import torch
from fastai.vision.all import Callback, L, RandTransform, TensorImage, nn, set_seed
from fastcore.script import call_parse
from captcha_ocr.core import *
from captcha_ocr.spec import unseen_chars
from captcha_ocr.recombine import Recombine
from captcha_ocr.labelled import check_captchas
from captcha_ocr.splits import LabelSplitter
from captcha_ocr.defaults import LEARNERS, recipe_tfms
from captcha_ocr.training import FreezeWarmup, KeepUnseen, SkipValidation
from captcha_ocr.transfer import match_images
from measure import append, divide, missing

NAMES = 'trek-captcha','claptcha','svg-captcha','wheezy.captcha'
CHANGES = {
    'the recipe':          {},
    'batches of 4':        dict(bs=4),
    'batches of 32':       dict(bs=32),
    'the usual rate':      dict(rate=1),
    'four times the usual rate': dict(rate=4),
    'BatchNorm frozen':    dict(freeze_bn=True),
    'no new texts':        dict(recombine=False),
    'rehearsal':           dict(drawn=.25),
    'stronger distortion': dict(tfms='stronger'),
    'little distortion':   dict(tfms='light'),
    'lines across':        dict(tfms='lines'),
    'validation loss':     dict(stop=True),
    'two networks':        dict(networks=2),
    'four networks':       dict(networks=4),
    'eight networks':      dict(networks=8),
    'from nothing':        dict(kind='crnn', init=None, rate=1),
    'heads from nothing':  dict(kind='multihead', init=None, rate=1, bs=32, recombine=False)}

def few(path, labels, seed=0):
    "Images to train on, their spec as `synth` knows it, and images to test on"
    items = [(o, label_from_name(o)) for o in sorted(path.iterdir())]
    test,train = divide(items, path.name, 500, len(items))
    train,spec,_ = check_captchas(random.Random(seed).sample(train, labels))
    alphabet = spec.alphabet + unseen_chars([t for _,t in train], spec.alphabet)
    return train, match_images(replace(spec, alphabet=''.join(sorted(alphabet))), 'synth'), test

class MeanWeights(Callback):
    "Keep a running mean of the weights"
    order,run_valid = 100,False
    def __init__(self, keep=.97): self.keep = keep
    def before_fit(self): self.n,self.mean = 0, weights(self.model)
    def after_batch(self):
        self.n += 1
        part = 1-min(self.keep, self.n/(self.n+9))
        for k,v in self.model.state_dict().items():
            if v.is_floating_point(): self.mean[k].lerp_(v, part)

class BatchNormFrozen(Callback):
    "Normalise as the reader does that training starts from"
    def before_train(self):
        for o in self.model.modules():
            if isinstance(o, nn.BatchNorm2d): o.eval()

class KeepBest(Callback):
    "End with the weights of the epoch whose validation loss was the least"
    order = 100
    def before_fit(self): self.least = float('inf')
    def after_epoch(self):
        loss = float(self.recorder.values[-1][1])
        if loss < self.least: self.least,self.best = loss, weights(self.model)
    def after_fit(self): self.model.load_state_dict(self.best)

class Lines(RandTransform):
    "One or two waves across most images, each in the colour of one of its pixels"
    order,split_idx = 42,0
    def encodes(self, x:TensorImage):
        b,_,h,w = x.shape
        across,down = torch.linspace(0, 1, w), torch.linspace(0, 1, h)[:,None]
        for _ in range(2):
            u = torch.rand(7, b, 1, 1)
            y = u[0] + (u[1]-.5)*across + .3*u[2]*torch.sin(2+12*u[3]*across+7*u[4])
            marked = ((down-y)*h).abs() < .5+u[5]
            i = torch.randint(h*w, (b,1,1)).expand(-1, x.shape[1], 1)
            ink = x.flatten(2).gather(2, i)[...,None]
            x = torch.where((marked & (u[6] < .5))[:,None], ink, x)
        return x

def weights(model): return {k:v.detach().clone() for k,v in model.state_dict().items()}

def blended(before, after, part):
    "The weights at `part` of the way"
    return {k:before[k].lerp(v, part) if v.is_floating_point() else v for k,v in after.items()}

def drawn_items(spec, n, seed):
    "Images in many styles, of the same size, characters and lengths"
    style = RandomStyleSpec(size=spec.size, mode=spec.mode, alphabet=spec.alphabet, length=spec.length)
    return L(dataset_items(create_captcha_dataset(n, style, f'rehearsal/{seed}')))

def make_learner(dls, kind, init):
    "A learner with the network of `synth`, and the rate that is usual for this start"
    if init: return crnn_learner(dls, pretrained=init, cbs=[FreezeWarmup(), KeepUnseen(init)])
    return LEARNERS[kind](dls, arch='resnet_hires', pretrained=False)

STRONGER = dict(max_rotate=8., max_shift=.08, max_warp=.1, stretch=.1, elastic=.04, lighting=.4, specks=.04)

def tfms_for(tfms, n):
    "Augmentation: the recipe's, or another"
    if tfms == 'light': return light_tfms()
    if tfms == 'stronger': return captcha_tfms(**STRONGER)
    return strong_tfms() + [Lines()] if tfms == 'lines' else recipe_tfms(n)

def loaders(items, spec, seed, views, bs, drawn, tfms, stop):
    "Loaders that give `views` images, in one epoch, or in eight where validation stops the training"
    train,valid = L(items),L()
    if stop: train,valid = (train[o] for o in LabelSplitter(.2, seed)(items))
    n = round(views*(1-drawn))//(8 if stop else 1)
    some = (train*(-(-n//len(train))))[:n]
    if drawn: some += drawn_items(spec, views-n, seed)
    splits = range(len(some)), range(len(some), len(some)+len(valid))
    return CaptchaDataLoaders.from_items(some+valid, spec, lambda _: splits, bs=bs, tfms=tfms_for(tfms, len(items)), num_workers=0)

def fit(items, spec, seed, views, bs=8, recombine=True, drawn=0., rate=2., kind='crnn', init='synth', freeze_bn=False, tfms=None, stop=False):
    "A learner that has seen `views` images; its weights before"
    set_seed(seed)
    learn = make_learner(loaders(items, spec, seed, views, bs, drawn, tfms, stop), kind, init)
    learn.add_cbs([MeanWeights(), KeepBest() if stop else SkipValidation()])
    if recombine: learn.add_cb(Recombine())
    if freeze_bn: learn.add_cb(BatchNormFrozen())
    before,lr,pct_start = weights(learn.model), rate*learn.lr, .25
    if init: lr,pct_start = slice(lr/10, lr), .1
    with learn.no_bar(), learn.no_logging(): learn.fit_one_cycle(8 if stop else 1, lr, pct_start=pct_start)
    return learn, before

def fit_several(items, spec, seed, views, networks=1, **kwargs):
    "As `fit`; `networks` that share the views, and the mean of their weights"
    learn,before = fit(items, spec, seed, views//networks, **kwargs)
    after = weights(learn.model)
    for i in range(1, networks):
        other,_ = fit(items, spec, seed+100*i, views//networks, **kwargs)
        after = blended(after, weights(other.model), 1/(i+1))
    learn.model.load_state_dict(after)
    return learn, before

def right(learn, test):
    images,texts = zip(*test)
    return sum(o.text == t for o,t in zip(CaptchaReader.from_learner(learn).read_many(images), texts))

def run(items, spec, test, **kwargs):
    "How many of the test images each set of weights reads"
    start = time.process_time()
    learn,before = fit_several(items, spec, **kwargs)
    seconds,after = round(time.process_time()-start), weights(learn.model)
    blends = {'before':before, 'three_quarters':blended(before, after, .75), 'after':after, 'mean':learn.mean_weights.mean}
    res = {}
    for k,v in blends.items():
        learn.model.load_state_dict(v)
        res[k] = right(learn, test)
    return dict(res, core_seconds=seconds)

@call_parse
def main(
    path:str, # Folder that draw.sh has made
    labels:int=100, # To train on
    views:int=3200, # Images that a training sees
    seeds:str='0,1,2', # Each takes other labels, and another order
    names:str=','.join(NAMES), # Of generators
    changes:str=','.join([o for o in CHANGES if 'nothing' not in o and o not in ('four networks','eight networks')]), # What is changed
    out:str=str(Path(__file__).with_suffix('.csv')) # The rows are appended to it
):
    torch.set_num_threads(1)
    keys = [dict(generator=n, labels=labels, views=views, seed=int(s), changed=c)
            for s in seeds.split(',') for n in names.split(',') for c in changes.split(',')]
    for key in missing(keys, out):
        train,spec,test = few(Path(path)/key['generator'], labels, key['seed'])
        change = CHANGES[key['changed']]
        row = dict(key, n=len(test), characters=len(spec.alphabet), **run(train, spec, test, seed=key['seed'], views=views, **change))
        print(row, flush=True)
        append([row], out)
