"""Read images drawn in batches, and as they were before, with the bundled readers: python renderer.py [N]

Writes renderer.csv, presets by `CaptchaRenderer` and by captcha itself, and renderer_styles.csv, images of
`RandomStyleSpec` by `StyleRenderer` and by Pillow. Both grow as the script runs."""
import sys
from pathlib import Path
import pandas as pd, torch
from captcha_ocr.reader import CaptchaReader
from captcha_ocr.render_styles import create_renderer
from captcha_ocr.spec import get_spec
from captcha_ocr.styles import RandomStyleSpec
from captcha_ocr.synth import draw_captcha, draw_text

here,step = Path(__file__).parent, 250
PRESETS = {k:(k, get_spec(k)) for k in ('upper36','digits6','varlen')}
STYLES = {'160x60 in colour': ('synth', RandomStyleSpec()), '120x40 in grey': ('synth', RandomStyleSpec(size=(120,40), mode='L'))}

def right(reader, images, texts):
    return sum(r.text.lower() == t.lower() for r,t in zip(reader.read_many(images), texts))

@torch.no_grad()
def compare(sets, name, column, n, out):
    "Count what is read of each set, both ways"
    readers = {k:CaptchaReader.load(r) for k,(r,_) in sets.items()}
    renderers = {k:create_renderer(s) for k,(_,s) in sets.items()}
    rows = {k:{name:k, 'n':0, column:0, 'renderer':0} for k in sets}
    for start in range(0, n, step):
        for k,(_,spec) in sets.items():
            idxs = range(start, start+step)
            texts = [draw_text(spec, 'renderer', i) for i in idxs]
            drawn = [o.numpy() for o in renderers[k].draw(texts, 'renderer', idxs)]
            rows[k]['n'] += step
            rows[k][column] += right(readers[k], [draw_captcha(spec, 'renderer', i)[0] for i in idxs], texts)
            rows[k]['renderer'] += right(readers[k], drawn, texts)
        pd.DataFrame(rows.values()).to_csv(here/out, index=False)

if __name__ == '__main__':
    torch.set_num_threads(1)
    n = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    compare(PRESETS, 'reader', 'captcha', n, 'renderer.csv')
    compare(STYLES, 'images', 'styles', n, 'renderer_styles.csv')
