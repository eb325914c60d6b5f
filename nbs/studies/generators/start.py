"""Images drawn here, from nothing and from `synth`: python start.py [--minutes 4.4]

The minutes are those of one core at work, as in measure.py: 4.4 are what two cores work off in three of the clock. A row
for each training is appended to start.csv."""
import time
from pathlib import Path
import pandas as pd, torch
from fastcore.script import call_parse
from captcha_ocr import recipe, training
from captcha_ocr.core import *

RUNS = [(None,32,1), ('synth',32,1), ('synth',8,2), (None,8,1)]  # start, batch size, times the rate

@call_parse
def main(
    spec:str='upper36', # Preset
    minutes:float=4.4, # Of one core
    n_test:int=2000, # Test images
    out:str=str(Path(__file__).with_suffix('.csv'))
):
    torch.set_num_threads(1)
    training.TimeBudget.clock = staticmethod(time.process_time)
    done = pd.read_csv(out).start.size if Path(out).is_file() else 0
    for init,bs,rate in RUNS[done:]:
        recipe._TUNE_RATE = rate
        report = train_reader(spec=spec, minutes=minutes, init=init, bs=bs, n_test=n_test, out=None)[1]
        row = dict(spec=spec, minutes=minutes, start=init or 'nothing', bs=bs, rate=rate, n=report['n'], right=round(report['exact_match']*report['n']))
        pd.DataFrame([row]).to_csv(out, mode='a', header=not Path(out).is_file(), index=False)
