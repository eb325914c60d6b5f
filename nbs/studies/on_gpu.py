"""Train on images drawn where the network is, then read the generator's own: python on_gpu.py alnum62 [--minutes 15] ...

An interrupted run goes on by the same command. Each adds a row to on_gpu.csv and leaves its reader in models."""
from pathlib import Path
import pandas as pd
from fastcore.script import call_parse
from fastai.vision.all import default_device, set_seed
from captcha_ocr.core import *
from captcha_ocr.checkpoint import delete_checkpoint, train_resumable

LEARNERS = dict(crnn=crnn_learner, multihead=multihead_learner)

@call_parse
def main(
    spec:str, # A preset: alnum62, upper36, varlen, digits6
    minutes:float=15., # Of training
    kind:str='crnn', # Or multihead
    init:str=None, # A reader to start from
    bs:int=256, # Batch size
    rate:float=2., # By which the learner's own rate, which is for batches of 32, is multiplied
    epoch:int=200_000, # Images in an epoch, after which a checkpoint is written
    n_test:int=10_000, # Images of the generator to read
    seed:int=0, # Of images and network
    out:str='on_gpu.csv' # A row is added to it
):
    "Train with `endless='device'`, and measure"
    folder = Path('models')/f'{spec}-{kind}-{seed}'
    args = dict(minutes=minutes, kind=kind, init=init, bs=bs, rate=rate, epoch=epoch, seed=seed)
    set_seed(seed)
    dls = CaptchaDataLoaders.from_spec(spec, epoch, 500, f'on_gpu/{seed}', bs=bs, endless='device', tfms=[])
    learn = LEARNERS[kind](dls, p=.05, pretrained=init)
    learn.lr *= rate
    train_resumable(learn, folder/'checkpoint', args, minutes=minutes, resume=None)
    steps = learn.opt.state[learn.opt.all_params()[0][0]]['step']
    reader = CaptchaReader.from_learner(learn, dict(spec=spec, images=bs*steps, **args))
    reader.save(folder/f'{spec}.safetensors', half=True)
    images,texts = zip(*dataset_items(create_captcha_dataset(n_test, spec, 'on_gpu/test')))
    score = score_texts([o.text for o in reader.read_many(images)], texts)
    low,high = score['exact_match_ci']
    row = dict(spec=spec, device=default_device().type, **args, images=bs*steps, n=n_test, low=low, high=high,
               **{k:score[k] for k in ('exact_match','exact_match_folded','exact_match_confusable')})
    pd.DataFrame([row]).to_csv(out, mode='a', header=not Path(out).is_file(), index=False)
    delete_checkpoint(folder/'checkpoint')
    print(pd.Series(row).to_string())
