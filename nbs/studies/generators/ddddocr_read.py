"""Read test images with ddddocr, in an environment of its own: python ddddocr_read.py FOLDER NAME

FOLDER is what `measure.py --keep` has made. Letter case counts alike. A row is appended to ddddocr.csv."""
import csv, io, sys
from pathlib import Path
import ddddocr
from PIL import Image

def as_png(fn):
    Image.open(fn).convert('RGB').save(out := io.BytesIO(), 'png')
    return out.getvalue()

folder,name = sys.argv[1:]
reader,table = ddddocr.DdddOcr(show_ad=False), Path('ddddocr.csv')
files = sorted((Path(folder)/name/'test').iterdir())
right = sum(reader.classification(as_png(o)).lower() == o.name.split('.')[0].lower() for o in files)
new = not table.is_file()
with table.open('a', newline='') as f:
    if new: csv.writer(f).writerow(['generator','n_test','right'])
    csv.writer(f).writerow([name, len(files), right])
