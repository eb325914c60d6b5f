"""How well can one character of `alnum62` be read that stands alone? python one_character.py [--images 100000,400000] [--out one_character.csv]

The same knobs draw it as a text of five, in an image that is wide enough for all of its ink, without neighbours. A network of
one head learns from endless images of the renderer, and reads 20,000 of the generator's. A row for each number of images,
and one for each pair that is confused."""
from dataclasses import replace
from pathlib import Path
import pandas as pd, torch, time
from fastcore.script import call_parse
from fastai.vision.all import set_seed
from captcha_ocr.core import *
from captcha_ocr.training import SkipValidation

@call_parse
def main(
    images:str='100000,400000', # To learn from, with commas: a training each
    n:int=20_000, # Of the generator, to read
    seed:int=0, # Of images and network
    out:str='one_character.csv' # Rows are appended to it; those of pairs to the file of the same name with _pairs
):
    torch.set_num_threads(1)
    out = Path(out)
    spec = replace(PRESETS['alnum62'], size=(40,40), length=1, n_dots=6)   # a fifth of the dots of five characters
    epoch = 20_000
    for k in map(int, images.split(',')):
        start = time.process_time()
        dls = CaptchaDataLoaders.from_spec(spec, n_train=epoch, n_valid=n, seed=f'one/{seed}', endless='device', bs=64, tfms=[])
        set_seed(seed)
        learn = multihead_learner(dls)
        with learn.no_bar(): learn.fit_one_cycle(k//epoch, cbs=SkipValidation())
        interp = interpret(learn)
        right = int(interp.correct.sum())
        rows = [dict(images=k, seed=seed, right=right, n=n, core_seconds=round(time.process_time()-start))]
        pairs = pd.Series([''.join(sorted(a+b)) for a,b in zip(interp.targs, interp.preds) if a != b]).value_counts()
        many = [dict(images=k, seed=seed, pair=p, wrong=w, n=sum(t in p for t in interp.targs)) for p,w in pairs.items()]
        for name,o in (out,rows),(out.with_name(f'{out.stem}_pairs.csv'),many):
            pd.DataFrame(o).to_csv(name, mode='a', header=not name.is_file(), index=False)
