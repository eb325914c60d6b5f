"""Weights between those of `synth` and the trained ones: python blends.py FOLDER [--labels 100] [--views 6400] ...

FOLDER is what draw.sh has made. A network learns from a few images of a generator as in recipe.py, at twice the rate.
For each part of the way from the weights before to those after, a row of blends.csv says how many of 500 other images
they read. Trainings that the table has are passed over."""
import time
from pathlib import Path
import torch
from fastcore.script import call_parse
from measure import append, missing
from recipe import blended, few, fit, right, weights

NAMES = 'wheezy.captcha','trek-captcha','CaptchaGen','svg-captcha','claptcha','CaptchaGenerator','captcha-ds'

def rows_of(key, items, spec, test, parts):
    "What the weights at each part of the way read"
    start = time.process_time()
    learn,before = fit(items, spec, key['seed'], key['views'])
    seconds,after = round(time.process_time()-start), weights(learn.model)
    for part in parts:
        learn.model.load_state_dict(blended(before, after, part))
        yield dict(key, part=part, n=len(test), right=right(learn, test), core_seconds=seconds)

@call_parse
def main(
    path:str, # Folder that draw.sh has made
    labels:int=100, # To train on
    views:int=6400, # Images that a training sees
    seeds:str='0,1,2', # Each takes other labels, and another order
    names:str=','.join(NAMES), # Of generators
    parts:str='0,.5,.6,.7,.75,.8,.9,1', # Of the way
    out:str=str(Path(__file__).with_suffix('.csv')) # The rows are appended to it
):
    torch.set_num_threads(1)
    keys = [dict(generator=n, labels=labels, views=views, seed=int(s)) for s in seeds.split(',') for n in names.split(',')]
    for key in missing(keys, out):
        rows = list(rows_of(key, *few(Path(path)/key['generator'], labels, key['seed']), [float(o) for o in parts.split(',')]))
        append(rows, out)
        print(*rows, sep='\n', flush=True)
