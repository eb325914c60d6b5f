"""Images as wide as their text, squeezed or padded: python widths.py, which writes widths.csv beside it

Letters of three fonts are drawn side by side, turned a little, and cut out with a small margin. `synth` reads them without
a label, told lengths and characters: all squeezed into the commonest shape, and each padded to the widest one."""
import random, string
from collections import Counter
from dataclasses import replace
from pathlib import Path
import matplotlib, pandas as pd, torch
from PIL import Image, ImageDraw, ImageFont
from captcha_ocr.core import *
from captcha_ocr.transfer import match_images

HOME = Path(matplotlib.__file__).parent/'mpl-data/fonts/ttf'
FONTS = [HOME/o for o in ('DejaVuSans.ttf','DejaVuSansMono-Bold.ttf','DejaVuSerif.ttf')]
ALPHABET = ''.join(o for o in string.ascii_uppercase+string.digits if o not in 'IO01')

def letter(c, font, rng):
    left,_,right,_ = font.getbbox(c)
    img = Image.new('L', (int(right-left)+8, 34))
    ImageDraw.Draw(img).text((4-left, 3), c, font=font, fill=255)
    return img.rotate(rng.uniform(-18, 18), Image.Resampling.BICUBIC)

def ink(text, rng):
    "The letters of `text`, white on black, cut out"
    font = ImageFont.truetype(rng.choice(FONTS), 24)
    letters = [letter(c, font, rng) for c in text]
    img,x = Image.new('L', (sum(o.width-7 for o in letters)+12, 40)), 0
    for o in letters:
        img.paste(255, (x, rng.randint(0, 4)), o)
        x += o.width-7
    left,top,right,bottom = img.getbbox()
    return img.crop((max(0, left-3), max(0, top-3), min(img.width, right+3), min(40, bottom+3)))

def draw(text, rng):
    mask = ink(text, rng)
    dark,light = (tuple(rng.randint(*o) for _ in range(3)) for o in ((0,120),(200,255)))
    img = Image.new('RGB', mask.size, light)
    img.paste(dark, (0,0), mask)
    draw = ImageDraw.Draw(img)
    def point(): return rng.randint(0, img.width), rng.randint(0, img.height)
    for _ in range(2): draw.line([point(), point()], fill=dark)
    draw.point([point() for _ in range(25)], fill=dark)
    return img

def rows(shortest, longest, n=500):
    rng = random.Random(1)
    texts = [''.join(rng.choices(ALPHABET, k=rng.randint(shortest, longest))) for _ in range(n)]
    items = [(draw(o, rng), o) for o in texts]
    sizes = [img.size for img,_ in items]
    padded = infer_spec(texts, sizes, ['RGB']*n)
    size = Counter(sizes).most_common(1)[0][0]
    reader,known = CaptchaReader.load('synth'), CaptchaReader.load('synth').spec.alphabet
    for how,spec in ('squeezed',replace(padded, size=size, pad=False)), ('padded',padded):
        reader.spec = replace(match_images(spec, 'synth'), alphabet=known)
        read = reader.read_many([img for img,_ in items], allow=ALPHABET)
        right = sum(o.text == t for o,t in zip(read, texts))
        yield dict(shortest=shortest, longest=longest, inferred_pad=padded.pad, how=how, right=right, n=n)

torch.set_num_threads(1)
table = pd.DataFrame([o for span in ((4,6),(3,9)) for o in rows(*span)])
table.to_csv(Path(__file__).with_name('widths.csv'), index=False)
print(table)
