"""Readers of drawn images, from few labels and from `synth`: python label_efficiency_synth.py [--spec upper36] ...

The command's own training, with minutes that count the work of one core. A row of label_efficiency_synth.csv says how
many of 10,000 other images it reads. The rows there are were made by earlier forms of this script, with the same
settings."""
import tempfile, time
from pathlib import Path
import pandas as pd, torch
from fastcore.script import call_parse
from captcha_ocr import run, training
from captcha_ocr.core import *
from captcha_ocr.tables import write_captchas

@call_parse
def main(
    spec:str='upper36', # Preset
    labels:int=1000, # To train on
    minutes:float=20., # Of one core
    no_new_texts:bool=False, # Learn the texts as they are
    seed:int=0, # Of the images and of the training
    n_test:int=10_000, # Test images
    out:str=str(Path(__file__).with_suffix('.csv')) # The row is appended to it
):
    torch.set_num_threads(1)
    training.TimeBudget.clock = staticmethod(time.process_time)
    if no_new_texts: run.RECOMBINE_BELOW = 0
    with tempfile.TemporaryDirectory() as tmp:
        train = write_captchas(Path(tmp)/'train', spec, labels, seed=seed)
        test = write_captchas(Path(tmp)/'test', spec, n_test, seed=1000+seed)
        start = time.process_time()
        _,report = train_reader(train, get_spec(spec), test=test, minutes=minutes, seed=seed, out=None)
    row = dict(spec=spec, labels=labels, minutes=minutes, new_texts=not no_new_texts, seed=seed, n=report['n'],
               right=round(report['exact_match']*report['n']), epochs=report['epochs'],
               core_seconds=round(time.process_time()-start))
    pd.DataFrame([row]).to_csv(out, mode='a', header=not Path(out).is_file(), index=False)
