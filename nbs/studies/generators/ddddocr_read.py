"""Read the test images with ddddocr, in an environment of its own: python ddddocr_read.py FOLDER_OF_TEST_IMAGES

Letter case counts alike. It prints what is read as it is, and told which characters occur."""
import io, sys
from pathlib import Path
import ddddocr
from PIL import Image

def as_png(fn):
    Image.open(fn).convert('RGB').save(out := io.BytesIO(), 'png')
    return out.getvalue()

reader = ddddocr.DdddOcr(show_ad=False)
files = sorted(Path(sys.argv[1]).iterdir())
texts = [o.name.split('.')[0] for o in files]
for told in False,True:
    if told: reader.set_ranges(''.join(sorted({c for t in texts for c in t.lower()+t.upper()})))
    right = 0
    for fn,text in zip(files, texts):
        found = reader.classification(as_png(fn), probability=told)
        if told:
            rows = found['probability']
            found = ''.join(found['charsets'][max(range(len(row)), key=row.__getitem__)] for row in rows)
        right += found.lower() == text.lower()
    print('told the characters' if told else 'as it is', right, 'of', len(files))
