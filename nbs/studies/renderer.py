"Read images of the renderer and of captcha itself with the bundled readers; writes renderer.csv, which grows as it runs"
import sys
from pathlib import Path
import pandas as pd, torch
from captcha_ocr.reader import CaptchaReader
from captcha_ocr.render import CaptchaRenderer
from captcha_ocr.synth import draw_captcha, draw_text

n,step = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000, 250
out = Path(__file__).with_suffix('.csv')
torch.set_num_threads(1)
names = 'upper36','digits6','varlen'
readers,renderers = ({k:f(k) for k in names} for f in (CaptchaReader.load,CaptchaRenderer))
rows = {k:dict(reader=k, n=0, captcha=0, renderer=0) for k in names}

def right(reader, images, texts): return sum(r.text == t for r,t in zip(reader.read_many(images), texts))

with torch.no_grad():
    for start in range(0, n, step):
        for k in names:
            idxs = range(start, start+step)
            texts = [draw_text(k, 'renderer', i) for i in idxs]
            drawn = [o.numpy() for o in renderers[k].draw(texts, 'renderer', idxs)]
            rows[k]['n'] += step
            rows[k]['captcha'] += right(readers[k], [draw_captcha(k, 'renderer', i)[0] for i in idxs], texts)
            rows[k]['renderer'] += right(readers[k], drawn, texts)
        pd.DataFrame(rows.values()).to_csv(out, index=False)
