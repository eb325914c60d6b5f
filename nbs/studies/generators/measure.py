"""Read and train on the images of one generator: python measure.py FOLDER NAME [--labels 100] [--minutes 5] [--crop False] ...

Half of the texts are for the test, 500 of their images; the labels to train on are drawn from the other half.
The minutes are those of one core at work, not of the clock, so that what else the machine does takes nothing away."""
import random, shutil, tempfile, time
from dataclasses import replace
from pathlib import Path
import pandas as pd, torch
from fastcore.script import call_parse, bool_arg
from captcha_ocr import crossfit, training
from captcha_ocr.core import *
from captcha_ocr.prepare import own_items
from captcha_ocr.spec import whole_size
from captcha_ocr.transfer import match_images

def divide(items, name, n_test, n):
    "Test and training pairs that share no text"
    rng = random.Random(name)
    texts = sorted({t for _,t in items})
    rng.shuffle(texts)
    held = set(texts[:len(texts)//2])
    test,train = ([o for o in items if (o[1] in held) == side] for side in (True,False))
    for o in test,train: rng.shuffle(o)
    return test[:n_test], train[:n]

def copy(items, dest, named=True):
    "Images in a folder, named after their texts or not"
    dest.mkdir()
    for i,(fn,text) in enumerate(items):
        name = f'{text}.{i}' if named else str(i)
        shutil.copy(fn, dest/f'{name}{fn.suffix}')
    return dest

def missing(keys, out):
    "Those of `keys` that no row of the table `out` has"
    if not Path(out).is_file(): return keys
    done = pd.read_csv(out)
    return [k for k in keys if not (done[list(k)] == pd.Series(k)).all(axis=1).any()]

def append(rows, out):
    "Append rows, as dicts, to the table `out`"
    pd.DataFrame(rows).to_csv(out, mode='a', header=not Path(out).is_file(), index=False)

class LastTraining:
    "The weights before and after the training of the network that is kept: the last that is blended"
    weights = None
    def __enter__(self):
        self.load = crossfit._load_blend
        def load(model, *weights):
            self.weights = weights[:2]
            self.load(model, *weights)
        crossfit._load_blend = load
        return self
    def __exit__(self, *_): crossfit._load_blend = self.load

def way_rows(key, reader, crossed, weights, test):
    "A row for each part of the way: the fold's share of texts read, its loss, and what is read of the test; changes `reader`"
    test = [(o, label_from_name(o)) for o in sorted(test.iterdir())]
    for part,name in crossfit.BLENDS.items():
        reader.model.load_state_dict(crossfit._mix(*weights, part))
        right = sum(r.text == t for r,(_,t) in zip(reader.read_many([o for o,_ in test]), test))
        yield dict(key, part=part, fold=crossed['exact_match'][name], loss=crossed['loss'][name],
                   kept=name == crossed['kept'], right=right, n=len(test))

@call_parse
def main(
    path:str, # Folder that draw.sh has made
    name:str, # Of a generator
    source:str='generator', # Or real, for a set of real images
    labels:int=100, # To train on
    minutes:float=5., # Of one core
    crop:bool_arg=True, # Leave out what is around the text, as the command does
    unlabelled:int=0, # Other images, which the training gets without labels
    n_test:int=500, # Test images
    keep:str=None, # Folder to keep the folders of images in, for ddddocr_read.py
    out:str='results.csv', # The row is appended to it
    way:str=None, # Rows of what each part of the way reads are appended to it; None: to none
    mistakes:str=None # Rows of the texts that are read wrong are appended to it; None: to none
):
    torch.set_num_threads(1)
    training.TimeBudget.clock = staticmethod(time.process_time)
    items = [(o, label_from_name(o)) for o in sorted((Path(path)/name).iterdir())]
    with tempfile.TemporaryDirectory() as tmp:
        home = Path(keep or tmp)/name
        home.mkdir(parents=True)
        test,train = divide(items, name, n_test, labels+unlabelled)
        others = copy(train[labels:], home/'others', named=False) if unlabelled else None
        test,train = copy(test, home/'test'), copy(train[:labels], home/'train')
        spec = own_items(train, None, 'synth')[1]
        zero = evaluate_reader('synth', test, length=(spec.min_len,spec.max_len), allow=spec.alphabet).score()
        start = time.process_time()
        own = own_items(train)[1]
        whole = None if crop else match_images(replace(own, crop=None, size=whole_size(own)), 'synth')
        with LastTraining() as last:
            reader,report = train_reader(train, whole, test=test, unlabelled=others, minutes=minutes, out=None)
        seconds = round(time.process_time()-start)
        interp = evaluate_reader(reader, test)
        key = dict(generator=name, labels=labels, minutes=minutes)
        wrong = [dict(key, text=interp.targs[i], read=interp.preds[i]) for i in interp.wrong]
        if mistakes and wrong: append(wrong, mistakes)
        if way and last.weights:
            append(list(way_rows(key, reader, report['cross_fit'], last.weights, test)), way)
    crossed = report.get('cross_fit')   # from 1,000 labels on, there is none
    more = report.get('unlabelled', dict(n=0, added=0))
    _,top,_,bottom = reader.spec.crop or (0,0,1,1)
    row = dict(generator=name, source=source, labels=labels, minutes=minutes, core_seconds=seconds, n_test=report['n'],
               zero=zero['exact_match'], zero_folded=zero['exact_match_folded'],
               tuned=report['exact_match'], tuned_folded=report['exact_match_folded'],
               fold=crossed and crossed['exact_match'][crossed['kept']], kept=crossed and crossed['kept'],
               others=more['n'], taken=more['added'],
               confidence=round(float(interp.confidences.mean()), 4), ece=round(interp.ece(), 4), top=top, bottom=bottom)
    append([row], out)
