"""easy-captcha-python 1.0.0 (port of the Java EasyCaptcha): SpecCaptcha(), all defaults.
The default font (Action Jackson) has the same glyph for both cases: the label is upper case, as shown."""
import sys, os, io
from easy_captcha import SpecCaptcha
n, out = int(sys.argv[1]), sys.argv[2]
os.makedirs(out, exist_ok=True); seen = set(); k = 0
while k < n:
    c = SpecCaptcha(); t = c.text().upper()
    if t in seen: continue
    seen.add(t); b = io.BytesIO(); assert c.out(b)
    open(f'{out}/{t}.{k}.png', 'wb').write(b.getvalue()); k += 1
