"""Train on drawn images in an alphabet that `synth` has not learned: python alphabets.py NAME, one of ALPHABETS

100 images teach, and 500 others are read. Matplotlib's DejaVu fonts draw them."""
import tempfile, time
from pathlib import Path
import matplotlib, torch
from fastcore.script import call_parse
from captcha_ocr import training
from captcha_ocr.core import *
from captcha_ocr.tables import write_captchas
from measure import append

FONTS = Path(matplotlib.__file__).parent/'mpl-data/fonts/ttf'
COMMON = dict(size=(160,60), length=5, font_sizes=(36,40,44),
              fonts=tuple(str(FONTS/o) for o in ('DejaVuSans.ttf','DejaVuSans-Bold.ttf')))
ALPHABETS = dict(Cyrillic='АБВГДЕЖЗИКЛМНПРСТУФХЦЧШЩЫЭЮЯ', Armenian='ԱԲԳԴԵԶԷԸԹԺԻԽԾԿՀՁՂՃՄՆՇՉՊՋՌՍՎՏՐՑՓՔ')

@call_parse
def main(
    name:str, # Of an alphabet
    minutes:float=2., # Of one core
    labels:int=100, # To train on
    n_test:int=500, # Test images
    out:str='alphabets.csv' # The row is appended to it
):
    torch.set_num_threads(1)
    training.TimeBudget.clock = staticmethod(time.process_time)
    spec = CaptchaSpec(alphabet=ALPHABETS[name], **COMMON)
    with tempfile.TemporaryDirectory() as tmp:
        train,test = (write_captchas(Path(tmp)/o, spec, n, seed=seed) for o,n,seed in (('train',labels,1), ('test',n_test,2)))
        _,report = train_reader(train, test=test, minutes=minutes, out=None)
    row = dict(alphabet=name, characters=len(spec.alphabet), labels=labels, minutes=minutes, n_test=report['n'])
    append([dict(row, right=round(report['exact_match']*report['n']), chars_right=report['char_accuracy'])], out)
