"claptcha, with Pillow below 10: python draw_claptcha.py FOLDER FONT"
import random, sys
from pathlib import Path
from claptcha import Claptcha

dest = Path(sys.argv[1])/'claptcha'
dest.mkdir(parents=True, exist_ok=True)
random.seed(3)
for i in range(1100):
    text = ''.join(random.choices('ABCDEFGHJKLMNPQRSTUVWXYZ23456789', k=5))
    Claptcha(text, sys.argv[2], noise=.3).write(str(dest/f'{text}.{i}.png'))
