#!/usr/bin/env python3
"""The page that reads in a browser reads what Python reads: `.ci/browser.py [--n 1000] [--csv nbs/use/browser.csv]`.

Headless Chromium reads the same files as Python, with npm's onnxruntime-web: images of the reader's own size, kinds of
files, other sizes, and what the page itself draws. Then the page's own box is pressed and given files. Prints a table, and
exits 1 with a line for each fault. Without node's npm or Chromium it says so and does nothing."""
import argparse, base64, csv, hashlib, io, json, re, shutil, subprocess, sys, tempfile
from pathlib import Path
import numpy as np
from PIL import Image
from chromium import NONE, ask_chromium, find_chromium

top = Path(__file__).resolve().parent.parent
use, js = top/'nbs'/'use', top/'.ci'/'js'
modules = js/'node_modules'
ort = modules/'onnxruntime-web'/'dist'
OFF_CONFIDENCE = 1e-4   # what a confidence may differ by; texts and pixels may not
faults = []


def install():
    "Whether npm's packages are there, as the lock file pins them"
    if (modules/'.package-lock.json').exists(): return True   # npm writes it last
    if not shutil.which('npm'): return print('No npm here: the page that reads in a browser is not tested. Debian has it as npm.')
    done = subprocess.run(['npm', 'ci', '--ignore-scripts', '--no-audit', '--no-fund'], cwd=js, capture_output=True, text=True)
    if done.returncode: return print('npm cannot install onnxruntime-web: the page that reads in a browser is not tested.', done.stderr[-500:])
    return True


def check_runtime():
    "The page names the version that is tested, and the hashes of its files"
    text = (use/'runtime.js').read_text(encoding='utf-8')
    version = json.loads((js/'package.json').read_text())['dependencies']['onnxruntime-web']
    if f'/onnxruntime-web@{version}/' not in text: faults.append(f'runtime.js does not name onnxruntime-web {version}, which is tested')
    for name, told in re.findall(r"'([\w.-]+)': '(sha384-[^']+)'", text):
        real = 'sha384-' + base64.b64encode(hashlib.sha384((ort/name).read_bytes()).digest()).decode()
        if told != real: faults.append(f'runtime.js gives {name} the integrity {told}, and npm has {real}')


# --- what is read

def encoded(img, kind, **kwargs):
    img.save(out := io.BytesIO(), kind, **kwargs)
    return out.getvalue()


def transparent(img, full=True):
    "Dark ink on nothing: wholly clear or opaque, or as clear as `img` is bright"
    alpha = Image.fromarray(255-np.asarray(img.convert('L')))
    if full: alpha = alpha.point(lambda o: 255*(o > 60))
    res = img.convert('RGBA')
    res.putalpha(alpha)
    return res


KINDS = {
    'PNG, palette': lambda o: encoded(o.convert('P'), 'png'),
    'PNG, clear ground': lambda o: encoded(transparent(o), 'png'),
    'PNG, white ink on clear': lambda o: encoded(Image.merge('RGBA', [Image.new('L', o.size, 255)]*3 + [transparent(o).getchannel('A')]), 'png'),
    'PNG, half clear': lambda o: encoded(transparent(o, full=False), 'png'),
    'PNG, 16 bits': lambda o: encoded(Image.fromarray(np.asarray(o.convert('L')).astype(np.uint16)*257), 'png'),
    'GIF': lambda o: encoded(o, 'gif'),
    'BMP': lambda o: encoded(o, 'bmp'),
    'WebP': lambda o: encoded(o, 'webp', quality=80),
    'JPEG': lambda o: encoded(o, 'jpeg', quality=80),
    'JPEG, turned by EXIF': lambda o: encoded(o.transpose(Image.Transpose.ROTATE_90), 'jpeg', quality=95, exif=turned()),
    'PNG, smaller': lambda o: encoded(o.resize((o.width*3//4, o.height*3//4)), 'png'),
    'PNG, larger': lambda o: encoded(o.resize((o.width*7//3, o.height*5//2)), 'png')}


def turned():
    exif = Image.Exif()
    exif[0x0112] = 6
    return exif


def sets(n):
    "Names of sets, each with its reader and files"
    from dataclasses import replace
    from captcha_ocr.spec import PRESETS
    from captcha_ocr.synth import draw_captcha
    color = replace(PRESETS['digits6'], mode='RGB')
    def draw(spec, k): return [draw_captcha(spec, 'browser', i)[0] for i in range(k)]
    varlen = draw('varlen', max(1, n//10))
    yield 'digits6', 'digits6', [encoded(o, 'png') for o in draw('digits6', n)]
    yield 'varlen', 'varlen', [encoded(o, 'png') for o in varlen]
    yield 'varlen, made tiny first', 'varlen', [encoded(o.resize((40,12)).resize(o.size), 'png') for o in varlen]
    few = draw(color, max(1, n//50))
    for name, f in KINDS.items(): yield f'digits6, {name}', 'digits6', [f(o) for o in few]


HARNESS = '''<script type="module">
const post = o => fetch('/found', { method: 'POST', body: JSON.stringify(o) })
try {
  const { loadReader, toArray } = await import('/use/captcha_ocr.js')
  const { ctcWithin } = await import('/use/lengths.js')
  const { loadRuntime, openImage } = await import('/use/runtime.js')
  const { drawDigits } = await import('/use/draw_digits.js')
  const ort = await loadRuntime('/ort/'), readers = {}, found = {}
  const bytes = async url => new Uint8Array(await (await fetch(url)).arrayBuffer())
  const base64 = o => { let s = ''; for (const b of o) s += String.fromCharCode(b); return btoa(s) }
  for (const [set, name, n] of SETS) {
    let searches = 0
    const reader = await loadReader(ort, await bytes(`/work/${name}.onnx`), (...o) => { searches++; return ctcWithin(...o) })
    readers[name] = reader
    const res = []
    for (let i = 0; i < n; i++) {
      const image = await openImage(new Blob([await bytes(`/work/${set}/${i}`)]))
      const { spec, mean, std } = reader.header, c = spec.size[0]*spec.size[1]
      const pixels = toArray(image, reader.header).map((v, j) => Math.round((v*std[Math.floor(j/c)] + mean[Math.floor(j/c)])*255))
      res.push({ ...await reader.read(image), pixels: base64(Uint8Array.from(pixels)) })
    }
    found[set] = { res, searches }
  }
  let seed = 7, right = 0
  const random = () => { seed = (seed*48271) % 2147483647; return seed/2147483647 }
  const canvas = document.createElement('canvas')
  for (let i = 0; i < DRAWN; i++) {
    const text = await drawDigits(canvas, random)
    right += text === (await readers.digits6.read(canvas.getContext('2d').getImageData(0, 0, 200, 50))).text
  }
  await post({ found, right })
} catch (e) { await post({ error: `${e} ${e.stack}` }) }
</script>'''


def export(names, folder):
    "ONNX files of bundled readers, in `folder` if they are not there"
    from captcha_ocr.reader import CaptchaReader
    for o in names:
        if not (folder/f'{o}.onnx').exists(): CaptchaReader.load(o).export_onnx(folder/f'{o}.onnx')


def folders(work):
    import captcha
    font = Path(captcha.__file__).parent/'data'/'DroidSansMono.ttf'
    return {'/': work, '/work/': work, '/ort/': ort, '/use/': use, '/use/DroidSansMono.ttf': font, '/use/digits6.onnx': work/'digits6.onnx'}


def compare(name, reader, files, got):
    "A row of the table"
    from captcha_ocr.image import images2array
    want = reader.read_many(files, progress_bar=False)
    same = sum(a.text == b['text'] for a, b in zip(want, got['res']))
    off = max(abs(a.confidence-b['confidence']) for a, b in zip(want, got['res']))
    chars = [abs(p-q) for a, b in zip(want, got['res']) if a.text == b['text'] for p, q in zip(a.chars, b['chars'])]
    x = images2array(files, reader.spec, [0]*reader.spec.n_channels, [1]*reader.spec.n_channels)*255
    seen = np.stack([np.frombuffer(base64.b64decode(o['pixels']), np.uint8).reshape(x.shape[1:]) for o in got['res']])
    pixels = np.abs(seen-x.round()).max()
    if same < len(files) or max(off, *chars) > OFF_CONFIDENCE or pixels:
        faults.append(f'{name}: {same} of {len(files)} texts are the same, confidences differ by up to {off:.1g}, pixels by up to {pixels:.0f}')
    return dict(images=name, n=len(files), same_text=same, confidence=f'{off:.1g}', pixels=f'{pixels:.0f}', searched=got['searches'])


def read_sets(n, work):
    "The rows of the table"
    from captcha_ocr.reader import CaptchaReader
    export(('digits6', 'varlen'), work)
    todo = list(sets(n))
    for name, _, files in todo:
        (work/name).mkdir()
        for i, o in enumerate(files): (work/name/str(i)).write_bytes(o)
    told = json.dumps([(a, b, len(c)) for a, b, c in todo])
    res = ask_chromium(HARNESS.replace('SETS', told).replace('DRAWN', str(n)), folders(work), 1800) or dict(error='nothing came back')
    if 'error' in res: sys.exit(f"The browser failed: {res['error']}")
    readers = {o: CaptchaReader.load(work/f'{o}.onnx') for o in ('digits6', 'varlen')}
    rows = [compare(a, readers[b], c, res['found'][a]) for a, b, c in todo]
    return rows + [dict(images='drawn by the page, read right', n=n, same_text=res['right'])]


# --- the box on the page

PRESS = '''<base href="/use/">BOX<script type="module">
const says = document.querySelector('output'), found = [], errors = [], post = o => fetch('/found', { method: 'POST', body: JSON.stringify(o) })
window.onerror = e => errors.push(String(e))
const answer = async act => {
  says.replaceChildren()
  act()
  for (let i = 0; i < 600; i++) {
    await new Promise(r => setTimeout(r, 100))
    if (says.textContent && !says.textContent.startsWith('Loading')) break
  }
  found.push(says.innerText)
}
const drop = (name, parts) => {
  const data = new DataTransfer()
  data.items.add(new File(parts, name))
  document.querySelector('.captcha-ocr').dispatchEvent(new DragEvent('drop', { dataTransfer: data, cancelable: true }))
}
await answer(() => document.querySelector('button.draw').click())
for (const o of document.querySelectorAll('button img')) await answer(() => o.parentElement.click())
const file = async url => (await fetch(url)).arrayBuffer()
const png = await file('/work/a.png'), onnx = await file('/work/digits6.onnx')
await answer(() => drop('a.png', [png]))
await answer(() => drop('a.txt', ['no image']))
await answer(() => drop('b.onnx', ['no reader']))
await answer(() => drop('c.onnx', [onnx.slice(0, -9)]))
const flipped = new Uint8Array(onnx.slice())
flipped[1e6] ^= 1
await answer(() => drop('d.onnx', [flipped]))
await answer(() => drop('digits6.onnx', [onnx]))
await post({ found, errors })
</script>'''


def press_box(work):
    "The box draws, reads its samples and a file, and says what is wrong with others; it asks for nothing but its own files"
    from captcha_ocr.reader import CaptchaReader
    from captcha_ocr.synth import draw_captcha
    export(('digits6',), work)
    png, text = draw_captcha('digits6', 'page', 0)
    png.save(work/'a.png')
    cells = json.loads((use/'browser.ipynb').read_text(encoding='utf-8'))['cells']
    boxes = [''.join(o['data']['text/html']) for c in cells for o in c.get('outputs', []) if 'text/html' in o.get('data', {})]
    box = next(o for o in boxes if 'captcha-ocr' in o).replace('data-reader=', 'data-runtime="/ort/" data-reader=')
    asked, reader = [], CaptchaReader.load(work/'digits6.onnx')
    res = ask_chromium(PRESS.replace('BOX', box), folders(work), 300, asked) or dict(found=[], errors=['nothing came back'])
    samples = [reader.read(o).text for o in re.findall(r'data:image/png;base64,[\w+/=]+', box)]
    starts = ['', *samples, reader.read(png).text, 'Expected an image', 'Expected a whole ONNX file', 'Expected a whole ONNX file', 'The file was damaged', 'A multihead reader']
    if len(res['found']) != len(starts) or res['errors']: faults.append(f'the box answered {res}')
    for got, want in zip(res['found'], starts):
        if not got.startswith(want) or not want and ' sure' not in got: faults.append(f'the box said {got!r}, expected {want!r}')
    own = {'/use/' + o.name for o in use.glob('*.js')} | {'/use/digits6.onnx', '/use/DroidSansMono.ttf', '/favicon.ico'}
    extra = {o for o in asked if o not in own and not o.startswith(('/ort/', '/work/'))}
    if extra: faults.append(f'the box asked for {extra}')
    if not faults: print(f'The box on the page: {len(starts)} answers, all of them as expected')


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--n', type=int, default=1000, help='images of the first set')
    parser.add_argument('--csv', help='write the table there')
    parser.add_argument('--readers', help='a folder with ONNX files of the bundled readers, to save their export')
    args = parser.parse_args()
    if not find_chromium(): return print(NONE.format('the page that reads in a browser is not tested.'))
    if not install(): return
    check_runtime()
    with tempfile.TemporaryDirectory() as d:
        work = Path(d)
        for o in Path(args.readers).glob('*.onnx') if args.readers else (): shutil.copy(o, work)
        if (use/'browser.ipynb').exists(): press_box(work)
        rows = read_sets(args.n, work)
    for o in rows: print(*(f'{k} {v}' for k, v in o.items()), sep='  ')
    if args.csv:
        with open(args.csv, 'w', newline='') as f:
            writer = csv.DictWriter(f, rows[0], restval='', lineterminator='\n')
            writer.writeheader()
            writer.writerows(rows)
    if faults: sys.exit('\n'.join(faults))


if __name__ == '__main__': main()
