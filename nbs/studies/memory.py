"""Does reading need more memory as it goes on? python memory.py [--n 100000]: rows of memory.csv, in megabytes"""
import gc, tempfile
from pathlib import Path
import pandas as pd, psutil
from fastcore.script import call_parse
from captcha_ocr.bench import one_core
from captcha_ocr.reader import CaptchaReader
from captcha_ocr.synth import draw_captcha

def megabytes():
    "What this process occupies now"
    gc.collect()
    return round(psutil.Process().memory_info().rss/2**20, 1)

def read_all(read, files, n, steps=10):
    "Read `n` files, the same ones again and again: memory after each of so many parts"
    for i in range(steps):
        for _ in range(n//steps//len(files)): read(files)
        yield dict(images=n*(i+1)//steps, megabytes=megabytes())

@call_parse
def main(
    n:int=100_000, # Images to read, one at a time and then in batches
    reader:str='upper36', # Bundled reader
    out:str='memory.csv' # The table
):
    ways,rows = dict(alone=lambda r, fns: [r.read(o) for o in fns], batches=lambda r, fns: r.read_many(fns, progress_bar=False)), []
    with one_core(), tempfile.TemporaryDirectory() as tmp:
        files = [Path(tmp)/f'{i}.png' for i in range(1000)]
        for i,fn in enumerate(files): draw_captcha(reader, 'memory', i)[0].save(fn)
        fast = CaptchaReader.load_fast(reader)
        for how,read in ways.items():
            read(fast, files)
            rows.append(dict(read=how, images=0, megabytes=megabytes()))
            rows += [dict(read=how, **o) for o in read_all(lambda fns: read(fast, fns), files, n)]
            pd.DataFrame(rows).to_csv(out, index=False)
