"""How many networks should share the minutes? python networks.py LABELS NETWORKS

The command's own training on drawn images of `upper36`, with minutes that count the work of one core, and the mean of
so many networks at most. A row of networks.csv says how many of 4,000 other images it reads."""
import math, tempfile, time
from pathlib import Path
import pandas as pd, torch
from fastcore.script import call_parse
from captcha_ocr import crossfit, training
from captcha_ocr.core import *
from captcha_ocr.tables import write_captchas

@call_parse
def main(
    labels:int, # To train on
    networks:int, # At most
    minutes:float=7.3, # Of one core
    seed:int=0, # Of the images and of the training
    n_test:int=4000, # Test images
    out:str=str(Path(__file__).with_suffix('.csv')) # The row is appended to it
):
    torch.set_num_threads(1)
    training.TimeBudget.clock = staticmethod(time.process_time)
    crossfit.MOST_NETWORKS,crossfit._ONE_FROM = networks,math.inf
    with tempfile.TemporaryDirectory() as tmp:
        train = write_captchas(Path(tmp)/'train', 'upper36', labels, seed=seed)
        test = write_captchas(Path(tmp)/'test', 'upper36', n_test, seed=1000+seed)
        start = time.process_time()
        _,report = train_reader(train, get_spec('upper36'), test=test, minutes=minutes, seed=seed, out=None)
    row = dict(labels=labels, minutes=minutes, networks=networks, seed=seed, n=report['n'],
               right=round(report['exact_match']*report['n']), core_seconds=round(time.process_time()-start))
    pd.DataFrame([row]).to_csv(out, mode='a', header=not Path(out).is_file(), index=False)
