"""Images drawn here, from nothing and from `synth`: python start.py [--minutes 4.4]

The minutes are those of one core at work, as in measure.py: 4.4 are what two slow cores do in three of the clock. A
row for each training is appended to start.csv. Trainings that it has are passed over."""
import time
from pathlib import Path
import torch
from fastcore.script import call_parse
from captcha_ocr import defaults, training
from captcha_ocr.core import *
from measure import append, missing

RUNS = ('nothing',32,1), ('synth',32,1), ('synth',8,2), ('nothing',8,1)  # start, batch size, times the rate

def row_of(key, n_test):
    "Train and test"
    defaults.TUNE_RATE = key['rate']
    init = None if key['start'] == 'nothing' else key['start']
    _,report = train_reader(spec=key['spec'], minutes=key['minutes'], init=init, bs=key['bs'],
                           n=key['images'], seed=key['seed'], n_test=n_test, out=None)
    return dict(key, n=report['n'], right=round(report['exact_match']*report['n']))

@call_parse
def main(
    spec:str='upper36', # Preset
    minutes:float=4.4, # Of one core
    images:int=10_000, # To train on
    seed:int=0, # Another seed, other images
    n_test:int=2000, # Test images
    runs:str='0,1,2,3', # Which of RUNS
    out:str=str(Path(__file__).with_suffix('.csv'))
):
    torch.set_num_threads(1)
    training.TimeBudget.clock = staticmethod(time.process_time)
    some = [dict(zip(('start','bs','rate'), RUNS[int(o)])) for o in runs.split(',')]
    keys = [dict(spec=spec, minutes=minutes, images=images, seed=seed, **o) for o in some]
    for key in missing(keys, out): append([row_of(key, n_test)], out)
