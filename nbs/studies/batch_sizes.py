"""Batches from nothing, on a hundred labels and more of a real set: python batch_sizes.py SETS

SETS is a folder with captcha-ds. The command's own training, for two minutes of one core, which says how many of 1,002
other texts it reads. A row of batch_sizes.csv is one training. The rows there are were made by an earlier form of this
script, with the same settings."""
import shutil, tempfile
from fastai.vision.all import *
from fastcore.script import call_parse
from captcha_ocr import training
from captcha_ocr.core import *
from label_efficiency_real import part

RUNS = [('crnn',100,8), ('crnn',500,8), ('crnn',100,16), ('crnn',500,32), ('multihead',100,32), ('multihead',500,32),
        ('multihead',500,16), ('multihead',100,8), ('multihead',500,8)]

def copy(items, dest):
    "A folder of these images, and their labels.csv"
    dest.mkdir()
    for fn,_ in items: shutil.copy(fn, dest)
    names = [(fn.name, text) for fn,text in items]
    pd.DataFrame(names, columns=['image','label']).to_csv(dest/'labels.csv', index=False)
    return dest

@call_parse
def main(
    sets:Path, # Folder with captcha-ds
    out:Path=Path(__file__).with_suffix('.csv') # The rows are appended to it
):
    torch.set_num_threads(1)
    training.TimeBudget.clock = staticmethod(time.process_time)
    dls = CaptchaDataLoaders.from_folder(sets/'captcha-ds/images')
    set_seed(0)
    pool,test = part(L(dls.train.items)+L(dls.valid.items), .25)
    pool = pool.shuffle()
    with tempfile.TemporaryDirectory() as tmp:
        test = copy(test, Path(tmp)/'test')
        for kind,n,bs in RUNS:
            train = copy(pool[:n], Path(tmp)/f'{kind}-{n}-{bs}')
            _,report = train_reader(train, test=test, minutes=2, kind=kind, init=None, bs=bs, out=None)
            row = dict(kind=kind, labels=n, bs=bs, n=report['n'], right=round(report['exact_match']*report['n']))
            pd.DataFrame([row]).to_csv(out, mode='a', header=not out.is_file(), index=False)
