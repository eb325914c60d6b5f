"""django-simple-captcha 0.7: its own view code, all settings default; in-memory store object."""
import sys, os, random, types
import django
from django.conf import settings
settings.configure(INSTALLED_APPS=['captcha'], DATABASES={'default': {'ENGINE': 'django.db.backends.sqlite3', 'NAME': ':memory:'}}, SECRET_KEY='x', USE_TZ=True)
django.setup()
from captcha.views import _captcha_image
from captcha.conf import settings as cs
n, out = int(sys.argv[1]), sys.argv[2]
os.makedirs(out, exist_ok=True); seen = set(); k = 0
while k < n:
    challenge, _ = cs.get_challenge()()
    if challenge in seen: continue
    seen.add(challenge)
    r = _captcha_image(types.SimpleNamespace(challenge=challenge), 1)
    open(f'{out}/{challenge}.{k}.png', 'wb').write(r.content); k += 1
