"""multicolorcaptcha 1.2.0: CaptchaGenerator().gen_captcha_image(), all defaults."""
import sys, os
sys.path.pop(0)  # this script has the package's name
from multicolorcaptcha import CaptchaGenerator
n, out = int(sys.argv[1]), sys.argv[2]
os.makedirs(out, exist_ok=True); seen = set(); k = 0; g = CaptchaGenerator()
while k < n:
    c = g.gen_captcha_image()
    t, im = (c['characters'], c['image']) if isinstance(c, dict) else (c.characters, c.image)
    if t in seen: continue
    seen.add(t); im.save(f'{out}/{t}.{k}.png', 'png'); k += 1
