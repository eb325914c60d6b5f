"""The recipe for few labels, one thing changed at a time: python recipe.py FOLDER

FOLDER is what draw.sh has made. Each run learns from a few images of one generator, and reads 500 others, whose texts it
did not learn. A run starts from `synth`, if it says nothing else. Its rows are appended to recipe.csv: what the network reads before the training, after
it, half-way between the two, and with the mean of its weights. Runs that the table has are passed over."""
import random, time
from pathlib import Path
import torch
from fastai.vision.all import Callback, L, nn, set_seed
from fastcore.script import call_parse
from captcha_ocr.core import *
from captcha_ocr.augment import Recombine
from captcha_ocr.labelled import check_captchas
from captcha_ocr.recipe import SkipValidation
from captcha_ocr.training import FreezeWarmup, LEARNERS, recipe_tfms
from captcha_ocr.transfer import match_images
from measure import append, divide, missing

NAMES = 'trek-captcha','claptcha','svg-captcha','wheezy.captcha'
CHANGES = {'the recipe':{}, 'batches of 32':dict(bs=32), 'no new texts':dict(recombine=False),
           'rehearsal':dict(drawn=.25), 'twice the rate':dict(rate=2), 'four times the rate':dict(rate=4)}
AT_TWICE = {'BatchNorm frozen':dict(rate=2, freeze_bn=True), 'batches of 4 and BatchNorm frozen':dict(rate=2, bs=4, freeze_bn=True), 'batches of 4':dict(rate=2, bs=4), 'batches of 2':dict(rate=2, bs=2),
            'stronger distortion':dict(rate=2, tfms='stronger'), 'little distortion':dict(rate=2, tfms='light')}  # to be compared with twice the rate
STARTS = {'from nothing':dict(kind='crnn', init=None), 'heads from nothing':dict(kind='multihead', init=None, bs=32, recombine=False)}

def few(path, labels, seed=0):
    "Images to train on, their spec as `synth` knows it, and images to test on"
    items = [(o, label_from_name(o)) for o in sorted(path.iterdir())]
    test,train = divide(items, path.name, 500, len(items))
    train,spec,_ = check_captchas(random.Random(seed).sample(train, labels))
    return train, match_images(spec, 'synth'), test

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
    if init: return crnn_learner(dls, pretrained=init, cbs=FreezeWarmup())
    return LEARNERS[kind](dls, arch='resnet_hires', pretrained=False)

STRONGER = dict(max_rotate=8., max_shift=.08, max_warp=.1, stretch=.1, elastic=.04, lighting=.4, specks=.04)

def tfms_for(tfms, n):
    "Augmentation: the recipe's, or another"
    return light_tfms() if tfms == 'light' else captcha_tfms(**STRONGER) if tfms else recipe_tfms(n)

def fit(items, spec, seed, views, bs=8, recombine=True, drawn=0., rate=1., kind='crnn', init='synth', freeze_bn=False, tfms=None):
    "A learner that has seen `views` images; its weights before"
    n = round(views*(1-drawn))
    some = L((items*(-(-n//len(items))))[:n])
    if drawn: some = some + drawn_items(spec, views-n, seed)
    set_seed(seed)
    splits = range(len(some)), []
    dls = CaptchaDataLoaders.from_items(some, spec, lambda _: splits, bs=bs, tfms=tfms_for(tfms, len(items)), num_workers=0)
    learn = make_learner(dls, kind, init)
    learn.add_cbs([SkipValidation(), MeanWeights()])
    if recombine: learn.add_cb(Recombine())
    if freeze_bn: learn.add_cb(BatchNormFrozen())
    before,lr,pct_start = weights(learn.model), rate*learn.lr, .25
    if init: lr,pct_start = slice(lr/10, lr), .1
    with learn.no_bar(), learn.no_logging(): learn.fit_one_cycle(1, lr, pct_start=pct_start)
    return learn, before

def right(learn, test):
    images,texts = zip(*test)
    return sum(o.text == t for o,t in zip(CaptchaReader.from_learner(learn).read_many(images), texts))

def run(items, spec, test, **kwargs):
    "How many of the test images each set of weights reads"
    start = time.process_time()
    learn,before = fit(items, spec, **kwargs)
    seconds,after = round(time.process_time()-start), weights(learn.model)
    blends = {'before':before, 'after':after, 'half-way':blended(before, after, .5), 'mean':learn.mean_weights.mean}
    res = {}
    for k,v in blends.items():
        learn.model.load_state_dict(v)
        res[k] = right(learn, test)
    return dict(res, core_seconds=seconds)

@call_parse
def main(
    path:str, # Folder that draw.sh has made
    labels:int=100, # To train on
    views:int=1600, # Images that a training sees
    seeds:str='0,1,2', # Each takes other labels, and another order
    names:str=','.join(NAMES), # Of generators
    changes:str=','.join(CHANGES), # What is changed, of these three
    out:str=str(Path(__file__).with_suffix('.csv')) # The rows are appended to it
):
    torch.set_num_threads(1)
    keys = [dict(generator=n, labels=labels, views=views, seed=int(s), changed=c)
            for s in seeds.split(',') for n in names.split(',') for c in changes.split(',')]
    for key in missing(keys, out):
        name,seed = key['generator'],key['seed']
        train,spec,test = few(Path(path)/name, labels, seed)
        change = (CHANGES|AT_TWICE|STARTS)[key['changed']]
        row = dict(key, n=len(test), **run(train, spec, test, seed=seed, views=views, **change))
        print(row, flush=True)
        append([row], out)
