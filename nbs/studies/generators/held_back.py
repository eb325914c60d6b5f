"""Train where a part of the labels is held back, with and without a last part that learns these too:
python held_back.py FOLDER NAME [--labels 100] [--kind multihead] [--init none] [--last 0,.2,.5] [--seeds 0]

Half of the texts are for the test, 500 of their images, which the training never sees. It gets a folder of the others and
no test folder, so that it holds back a fifth for its own score, and a part of the rest to validate with.
The minutes are those of one core at work, as in `measure.py`."""
import tempfile, time
from pathlib import Path
import torch
from fastcore.script import call_parse
from captcha_ocr import crossfit, recipe, training
from captcha_ocr.core import *
from measure import append, copy, divide, missing

@call_parse
def main(
    path:str, # Folder that draw.sh has made, or another one of folders of images
    name:str, # Of a folder in it
    labels:int=100, # To train on
    kind:str='crnn', # crnn or multihead
    init:str='auto', # A reader, auto, or none
    last:str='0,.2', # Parts of the training, with commas, in which all labels teach
    folds:int=1000, # Cross-fit with fewer labels than these
    minutes:float=5., # Of one core
    seeds:str='0', # Of the trainings
    n_test:int=500, # Test images
    out:str='held_back.csv' # The rows are appended to it
):
    torch.set_num_threads(1)
    training.TimeBudget.clock = staticmethod(time.process_time)
    recipe.CROSS_FIT_BELOW = folds
    items = [(o, label_from_name(o)) for o in sorted((Path(path)/name).iterdir())]
    test,train = divide(items, name, n_test, labels)
    keys = [dict(generator=name, labels=len(train), kind=kind, init=init, minutes=minutes, folds=folds, seed=s, last=p)
            for s in map(int, seeds.split(',')) for p in map(float, last.split(','))]
    with tempfile.TemporaryDirectory() as tmp:
        test,train = copy(test, Path(tmp)/'test'), copy(train, Path(tmp)/'train')
        for key in missing(keys, out):
            recipe._last_share = lambda run, part=key['last']: part
            start = time.process_time()
            reader,report = train_reader(train, kind=kind, init=None if init == 'none' else init,
                                         minutes=minutes, seed=key['seed'], out=None)
            seconds = round(time.process_time()-start)
            interp = evaluate_reader(reader, test)
            score = interp.score()
            append([dict(key, said=report['exact_match'], n_said=report['n'], right=round(score['exact_match']*score['n']),
                         n=score['n'], ece=round(interp.ece(), 4), core_seconds=seconds)], out)
