"""Images that a training sees in a second with one thread and with two: python threads.py FOLDER

FOLDER is what draw.sh has made. Nothing else should run meanwhile."""
import time
from pathlib import Path
import pandas as pd, torch
from fastcore.script import call_parse
from recipe import few, fit

@call_parse
def main(
    path:str, # Folder that draw.sh has made
    name:str='trek-captcha', # Of a generator
    views:int=800 # Images that a training sees
):
    (train,spec,_),rows = few(Path(path)/name, 100), []
    fit(train, spec, 0, 80)   # a start that is not counted
    for threads in 1,2:
        torch.set_num_threads(threads)
        start = time.monotonic()
        fit(train, spec, 0, views)
        rows.append(dict(generator=name, threads=threads, views=views, seconds=round(time.monotonic()-start, 1)))
    pd.DataFrame(rows).to_csv(Path(__file__).with_suffix('.csv'), index=False)
