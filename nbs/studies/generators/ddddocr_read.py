"""Read the test images with ddddocr, in an environment of its own: python ddddocr_read.py FOLDER_OF_TEST_IMAGES

Letter case counts alike."""
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
right = sum(reader.classification(as_png(fn)).lower() == text.lower() for fn,text in zip(files, texts))
print(right, 'of', len(files))
