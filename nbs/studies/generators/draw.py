"wheezy.captcha, CaptchaGen and CaptchaGenerator: python draw.py FOLDER FONTS [N] [NAMES]"
import random, string, sys
from pathlib import Path
from CaptchaGen.CaptchaGen import CaptchaConfig, CaptchaGenerator
from CaptchaGenerator.core.renderer import render_captcha
from PIL import ImageFont
from wheezy.captcha.image import background, captcha, curve, noise, offset, rotate, smooth, text, warp

dest,home = Path(sys.argv[1]), Path(sys.argv[2])   # FONTS holds DejaVu fonts, and no others
N = int(sys.argv[3]) if len(sys.argv) > 3 else 1100
fonts = [str(home/f'DejaVu{o}.ttf') for o in ('Sans-Bold','Serif-Bold','SansMono')]
chars = string.ascii_uppercase + string.digits

def save(name, draw, seed):
    random.seed(seed)
    (dest/name).mkdir(parents=True, exist_ok=True)
    for i in range(N):
        label,img = draw()
        img.convert('RGB').save(dest/name/f'{label}.{i}.png')

chain = captcha([background(), text(fonts, drawings=[warp(), rotate(), offset()]), curve(), noise(), smooth()])
def wheezy():
    label = ''.join(random.choices(chars, k=4))
    return label, chain(label)

gen = CaptchaGenerator(str(home), CaptchaConfig(rotate=True, noise=True, random_color=True))
def captcha_gen():
    one,other = gen.generate()
    return (one,other) if isinstance(one, str) else (other,one)

def load(names, size): return ImageFont.truetype(random.choice(names), size)
def captcha_generator():
    label = ''.join(random.choices(chars, k=5))
    return label, render_captcha(label, font_loader=load, fonts=fonts, preferred_colors=['red','blue','green','black'])

draws = {'wheezy.captcha':wheezy, 'CaptchaGen':captcha_gen, 'CaptchaGenerator':captcha_generator}
for seed,name in enumerate(draws):
    if len(sys.argv) < 5 or name in sys.argv[4].split(','): save(name, draws[name], seed)
