"""Train on images that lack some characters, named in the alphabet: python unseen.py FOLDER NAME CHARS [--keep False]

100 images without them teach; 300 others without them, and up to 300 with one of them, are read."""
import random, tempfile, time
from pathlib import Path
import torch
from fastai.callback.core import Callback
from fastcore.script import call_parse, bool_arg
from captcha_ocr import run, training
from captcha_ocr.core import *
from measure import append, copy

def n_right(reader, items):
    "How many of the (image, text) pairs are read rightly"
    images,texts = zip(*items)
    return sum(r.text == t for r,t in zip(reader.read_many(images), texts))

@call_parse
def main(
    path:str, # Folder that draw.sh has made
    name:str, # Of a generator
    chars:str, # That no label has
    keep:bool_arg=True, # Keep what the reader to start from knows of them, as the command does
    minutes:float=2., # Of one core
    out:str='unseen.csv' # The row is appended to it
):
    torch.set_num_threads(1)
    training.TimeBudget.clock = staticmethod(time.process_time)
    if not keep: run.KeepUnseen = lambda reader: Callback()
    items = [(o, label_from_name(o)) for o in sorted((Path(path)/name).iterdir())]
    random.Random(1).shuffle(items)
    alphabet = ''.join(sorted(set(''.join(t for _,t in items))))
    with_,without = ([o for o in items if bool(set(o[1]) & set(chars)) == side] for side in (True,False))
    with_,train,without = with_[:300], without[:100], without[100:400]
    with tempfile.TemporaryDirectory() as tmp:
        train,test = copy(train, Path(tmp)/'train'), copy(without, Path(tmp)/'test')
        reader,_ = train_reader(train, test=test, minutes=minutes, out=None, alphabet=alphabet)
    row = dict(generator=name, chars=chars, keep=keep, minutes=minutes)
    for k,o in dict(without=without, **{'with':with_}).items(): row.update({f'n_{k}':len(o), f'right_{k}':n_right(reader, o)})
    append([row], out)
