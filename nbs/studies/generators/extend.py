"""Train on so few images that characters may be lacking by chance: python extend.py FOLDER NAME --labels 50 [--extend False]

The command adds such characters to the alphabet; without them, it is that of the labels. 500 other images are read."""
import tempfile, time
from pathlib import Path
import torch
from fastcore.script import call_parse, bool_arg
from captcha_ocr import training
from captcha_ocr.core import *
from captcha_ocr.spec import unseen_chars
from measure import append, copy, divide
from unseen import n_right

@call_parse
def main(
    path:str, # Folder that draw.sh has made
    name:str, # Of a generator
    labels:int=50, # To train on
    extend:bool_arg=True, # Add what the labels may lack by chance, as the command does
    minutes:float=1.46, # Of one core
    out:str='extend.csv' # The row is appended to it
):
    torch.set_num_threads(1)
    training.TimeBudget.clock = staticmethod(time.process_time)
    items = [(o, label_from_name(o)) for o in sorted((Path(path)/name).iterdir())]
    there = {*''.join(t for _,t in items)}
    test,train = divide(items, name, 500, labels)
    seen = ''.join(sorted({*''.join(t for _,t in train)}))
    added = unseen_chars([t for _,t in train], seen)
    if not added: return print(f'{name}: {labels} labels lack nothing by chance')
    without,with_ = ([o for o in test if (set(o[1]) <= set(seen)) == side] for side in (True,False))
    with tempfile.TemporaryDirectory() as tmp:
        train,whole = copy(train, Path(tmp)/'train'), copy(test, Path(tmp)/'test')
        reader,_ = train_reader(train, test=whole, minutes=minutes, out=None, alphabet=seen+added if extend else seen)
    rightly = ''.join(c for c in added if c in there)
    wrongly = ''.join(c for c in added if c not in there)
    row = dict(generator=name, labels=labels, minutes=minutes, extend=extend, rightly=rightly, wrongly=wrongly)
    for k,o in dict(without=without, **{'with':with_}).items(): row.update({f'n_{k}':len(o), f'right_{k}':n_right(reader, o) if o else 0})
    append([row], out)
