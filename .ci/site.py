#!/usr/bin/env python3
"""Make the docs site and check it: `.ci/site.py [--out _docs]`; exits 1 with a line for each fault.

With Quarto on the PATH the site is rendered by it. Without, nbdev prepares the pages all the same, and markdown-it makes
plain HTML of them with our style sheet, which is enough to check: links and anchors, raw Markdown, progress bars, alt
texts, warnings of the processing; and in headless Chromium, where there is one, the width of everything and the size of
the smallest label of each figure, at 390 and 1280 pixels, in light and in dark."""
import argparse, json, os, re, shutil, subprocess, sys, tempfile
from collections import Counter
from configparser import ConfigParser
from html import escape
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit
from chromium import NONE, ask_chromium, find_chromium

top = Path(__file__).resolve().parent.parent
cfg = ConfigParser(delimiters=['='])
cfg.read(top/'settings.ini', encoding='utf-8')
cfg = cfg['DEFAULT']
home = cfg['doc_host'] + cfg['doc_baseurl']
SMALLEST_PT, SMALLEST_PX = 9, 8   # of a figure's labels: as the pages write them, and as a phone has to show them
WIDTHS = 390, 1280
faults = []


def fault(page, what): faults.append(f'{page}: {what}')


# --- the pages, as nbdev prepares them

def prepare(work):
    "Let nbdev process the notebooks; a stub stands in for Quarto, which nbdev would install where it is missing"
    env = dict(os.environ)
    if not shutil.which('quarto'):
        stub = work/'bin'/'quarto'
        stub.parent.mkdir()
        stub.write_text('#!/bin/sh\nexit 0\n')
        stub.chmod(0o755)
        env['PATH'] = f'{stub.parent}:{env["PATH"]}'
    shutil.rmtree(top/'_proc', ignore_errors=True)
    res = subprocess.run(['nbdev_proc_nbs'], cwd=top, env=env, capture_output=True, text=True)
    said = res.stdout + res.stderr
    if res.returncode or re.search(r'\w*(Error|[Ww]arning)\b', said): fault('nbdev_proc_nbs', said[-3000:])
    mend(top/'_proc')
    add_reader(top/'_proc'/'use')
    for p in (top/'nbs').rglob('_metadata.yml'):   # nbdev leaves out what begins with an underscore
        shutil.copy(p, top/'_proc'/p.relative_to(top/'nbs'))
    return top/'_proc'


def add_reader(folder):
    "What the page that reads in a browser downloads: an exported reader, and the font that the generator draws with"
    import captcha
    from captcha_ocr.reader import CaptchaReader
    CaptchaReader.load('digits6').export_onnx(folder/'digits6.onnx')
    shutil.copy(Path(captcha.__file__).parent/'data'/'DroidSansMono.ttf', folder)


LINK = re.compile(r'\[`([^`\n]+)`\]\((https?://[^)\s]+)\)')
IN_LINK = re.compile(r'\[([^][\n]*)\[(`[^`\n]+`)\]\([^)\s]+\)([^][\n]*)\]\(([^)\s]+)\)')
RAW = re.compile(r'\]\((?:https?:|#|[\w./-]+\.(?:ipynb|md|html))')


def mend(proc):
    """What nbdev links too eagerly: names in the comments of a signature, where the link stands as raw Markdown; names that
    are a link already; private names; and overloads that have no entry of their own, whose link then leads to the page"""
    nbs = {p: json.loads(p.read_text(encoding='utf-8')) for p in proc.rglob('*.ipynb')}
    said = [''.join(c['source']) for nb in nbs.values() for c in nb['cells'] if c['cell_type'] == 'markdown']
    said += [t for nb in nbs.values() for c in nb['cells'] for t in map(markdown_of, c.get('outputs', [])) if t]
    entries = {o.strip().lower() for t in said for o in re.findall(r'^#+ (.*)$', t, re.M)}
    def link(m):
        u = urlsplit(m[2])
        if not m[2].startswith(home) or not u.fragment or u.fragment.lower() in entries: return m[0]
        return f'`{m[1]}`' if m[1].startswith('_') or u.fragment == 'patch' else f'[`{m[1]}`]({m[2].split("#")[0]})'
    def text(t):
        parts = re.split(r'(^```.*?^```)', t, flags=re.S | re.M)
        return ''.join(LINK.sub(r'\1', o) if o.startswith('```') else LINK.sub(link, IN_LINK.sub(r'[\1\2\3](\4)', o)) for o in parts)
    for p, nb in nbs.items():
        for c in nb['cells']:
            if c['cell_type'] == 'markdown': c['source'] = text(''.join(c['source']))
            for o in c.get('outputs', []):
                if t := markdown_of(o): o['data']['text/markdown'] = text(t)
        p.write_text(json.dumps(nb), encoding='utf-8')


def markdown_of(o): return ''.join(o.get('data', {}).get('text/markdown', ''))


def is_stub(): return not (q := shutil.which('quarto')) or Path(q).read_bytes()[:2] == b'#!' and Path(q).stat().st_size < 100


def quarto(proc, out):
    "The site, by Quarto; its warnings are faults"
    res = subprocess.run(['quarto', 'render', '--no-cache'], cwd=proc, capture_output=True, text=True)
    for line in (res.stdout + res.stderr).splitlines():
        if re.search(r'WARN|ERROR', line): fault('quarto', line)
    if res.returncode: sys.exit(res.stdout + res.stderr)
    shutil.rmtree(out, ignore_errors=True)
    shutil.move(proc/Path(cfg['doc_path']).name, out)


# --- plain HTML where there is no Quarto

PAGE = '''<!DOCTYPE html><html><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{title}</title><style>
body {{ font: 17px/1.5 "Source Sans 3", "Helvetica Neue", sans-serif; margin: 0; color: #343a40; background: white }}
figure {{ margin: 0 }} main {{ max-width: 880px; margin: 0 auto; padding: 0 24px }}
code, pre {{ font-family: "DejaVu Sans Mono", monospace; font-size: 14.9px }} pre {{ padding: .4em; margin: .5em 0 }}
.sourceCode {{ background: #f1f3f5 }} h2 {{ border-bottom: 1px solid #dee2e6 }} blockquote {{ color: #6c757d }}
table {{ border-collapse: collapse }} td,th {{ border-bottom: 1px solid #dee2e6; text-align: left; vertical-align: top }}
body.quarto-dark {{ background: #16191d; color: #dfe3e8 }} .quarto-dark .sourceCode {{ background: #22272e }}
.quarto-dark a {{ color: #79b8ff }} details {{ margin: .5em 0 }}
</style><link rel="stylesheet" href="{up}styles.css"></head><body><main>{body}</main></body></html>'''


def anchor(text, seen):
    "The id that Pandoc gives a heading"
    text = re.sub(r'<[^>]+>|\[([^]]*)\]\([^)]*\)', r'\1', text).replace('`', '').lower()
    text = re.sub(r'\s+', '-', re.sub(r'[^\w\s.-]', '', text).strip())
    res = re.sub(r'^[^a-z]+', '', text) or 'section'
    seen[res] += 1
    return res if seen[res] == 1 else f'{res}-{seen[res]-1}'


class Plain:
    "One page as HTML"
    def __init__(self, page, names):
        from markdown_it import MarkdownIt
        self.md, self.page, self.names, self.seen = MarkdownIt('commonmark').enable('table'), page, names, Counter()

    def markdown(self, text):
        text = re.sub(r'\{(target|style|\.)[^}]*\}', '', re.sub(r'^:::.*$', '', text, flags=re.M))
        tokens, ids = self.md.parse(text), []
        for i, t in enumerate(tokens):
            if t.type == 'heading_open':
                inline, named = tokens[i+1], re.search(r'\{#([^}]+)\}', tokens[i+1].content)
                if named and inline.children: inline.children[-1].content = inline.children[-1].content.replace(named[0], '')
                t.attrSet('id', named[1] if named else anchor(inline.content, self.seen))
            for o in t.children or []:
                if o.type == 'link_open': o.attrSet('href', self.link(o.attrGet('href')))
        return self.md.renderer.render(tokens, self.md.options, {})

    def link(self, href):
        "Links to notebooks lead to their pages"
        u = urlsplit(href)
        if u.scheme or not re.search(r'\.(ipynb|md)$', u.path): return href
        to = os.path.normpath(self.page.parent/unquote(u.path))
        if to not in self.names: return href
        return os.path.relpath(self.names[to], self.page.parent) + (f'#{u.fragment}' if u.fragment else '')

    def output(self, o, alts, asis):
        if 'text' in o: return f'<div class="cell-output cell-output-stdout"><pre>{escape("".join(o["text"]))}</pre></div>'
        data = {k: ''.join(v) if isinstance(v, list) else v for k, v in o.get('data', {}).items()}
        for kind in 'image/svg+xml', 'image/png', 'image/jpeg':
            if kind not in data: continue
            src = data[kind] if kind.endswith('xml') else f'<img src="data:{kind};base64,{data[kind].strip()}" alt="{escape(alts.pop(0) if alts else "", True)}">'
            return f'<div class="cell-output cell-output-display"><figure>{src}</figure></div>'
        if 'text/markdown' in data: return self.markdown(data['text/markdown']) if asis else f'<div class="cell-output cell-output-display">{self.markdown(data["text/markdown"])}</div>'
        if 'text/html' in data: return f'<div class="cell-output cell-output-display">{data["text/html"]}</div>'
        return f'<div class="cell-output"><pre>{escape(data.get("text/plain", ""))}</pre></div>'

    def code(self, cell):
        src, res = ''.join(cell['source']), []
        said = dict(re.findall(r'^#\|\s*([\w-]+):\s*(.*)$', src, re.M))
        if said.get('include') == 'false': return ''
        src = re.sub(r'^#\|.*\n?', '', src, flags=re.M).strip()
        pre = f'<div class="sourceCode"><pre><code>{escape(src)}</code></pre></div>'
        if said.get('echo') != 'false' and src: res.append(f'<details><summary>The code</summary>{pre}</details>' if self.folded(said) else pre)
        alts = [said['fig-alt'].strip('\'"')]*9 if 'fig-alt' in said else []
        if said.get('output') != 'false': res += [self.output(o, alts, said.get('output') == 'asis') for o in cell.get('outputs', [])]
        return f'<div class="cell">{"".join(res)}</div>'

    def folded(self, said): return said.get('code-fold') == 'true' or (top/'nbs'/self.page.parent/'_metadata.yml').exists()


def plain(proc, out):
    "The site without Quarto"
    out.mkdir(parents=True)
    pages = {p.relative_to(proc): p for p in sorted(proc.rglob('*')) if p.suffix in ('.ipynb', '.md') and 'old_files' not in p.parts}
    cells, names = {}, {}
    for k, p in pages.items():
        cells[k] = json.loads(p.read_text(encoding='utf-8'))['cells'] if p.suffix == '.ipynb' else [dict(cell_type='markdown', source=[p.read_text(encoding='utf-8')])]
        raw = ''.join(cells[k][0]['source']) if cells[k][0]['cell_type'] == 'raw' else ''
        named = re.search(r'^output-file: (.*)$', raw, re.M)
        names[str(k)] = k.with_name(named[1]) if named else k.with_suffix('.html')
    for k in pages:
        page, body = Plain(k, names), ''
        title = re.search(r'^title: (.*?)$', ''.join(cells[k][0]['source']), re.M)
        if title: body = f'<h1>{escape(title[1].strip(chr(39)))}</h1>'
        for c in cells[k]:
            if c['cell_type'] == 'markdown': body += page.markdown(''.join(c['source']))
            elif c['cell_type'] == 'code': body += page.code(c)
        fn = out/names[str(k)]
        fn.parent.mkdir(parents=True, exist_ok=True)
        fn.write_text(PAGE.format(title=escape(str(k)), body=body, up='../'*(len(k.parts)-1)), encoding='utf-8')
    for p in proc.rglob('*'):
        if p.suffix in ('.css', '.txt', '.png', '.csv', '.js', '.mjs', '.onnx', '.ttf') and not any(o.startswith('.') for o in p.parts):
            (out/p.relative_to(proc)).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(p, out/p.relative_to(proc))


# --- the checks

class Html(HTMLParser):
    "Ids, links, pictures without alt text, and the text of a page outside of code"
    def __init__(self, text):
        super().__init__()
        self.ids, self.links, self.bare, self.text, self.images, self.progress, self.depth = set(), [], 0, [], 0, 0, 0
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        a = dict(attrs)
        if 'id' in a: self.ids.add(a['id'])
        if tag == 'a' and a.get('href'): self.links.append(a['href'])
        if tag == 'img' and 'role' not in a:
            self.images += 1
            self.bare += not (a.get('alt') or '').strip()
        self.progress += tag == 'progress'
        self.depth += tag in ('script', 'style')

    def handle_endtag(self, tag): self.depth -= tag in ('script', 'style')

    def handle_data(self, data):
        if not self.depth: self.text.append(data)


def check_html(out):
    "Links, anchors, raw Markdown, progress bars and alt texts of the pages in `out`"
    pages = {p.relative_to(out).as_posix(): Html(p.read_text(encoding='utf-8')) for p in sorted(out.rglob('*.html'))}
    count = Counter(pages=len(pages))
    for name, page in pages.items():
        count['images'] += page.images
        count['images without alt text'] += page.bare
        count['progress bars'] += page.progress
        text = ''.join(page.text)
        raw = len(RAW.findall(text))
        count['raw Markdown'] += raw
        if page.bare: fault(name, f'{page.bare} of {page.images} images have no alt text: give their cells a fig-alt')
        if page.progress: fault(name, 'a progress bar is among the outputs')
        if raw: fault(name, f'raw Markdown, a link as `](…`, {raw} times')
        if '<table class="fastprogress"' in text: fault(name, 'a table as HTML code: leave text/markdown out of its output')
        for href in page.links:
            if bad := dead(href, name, pages, out):
                count['dead links'] += 1
                fault(name, f'{href} leads nowhere: {bad}')
    llms = out/'llms.txt'
    for href in re.findall(r'\((https?://[^)]+)\)', llms.read_text(encoding='utf-8')) if llms.exists() else ():
        if bad := dead(href, 'llms.txt', pages, out): fault('llms.txt', f'{href} leads nowhere: {bad}')
    return count


def dead(href, name, pages, out):
    "Why a link leads nowhere, or None"
    if href.startswith(home): href, name = href[len(home):].lstrip('/') or 'index.html', 'index.html'
    if m := re.fullmatch(re.escape(f'{cfg["git_url"]}/') + r'(?:blob|tree)/(\w+)/([^#?]*).*', href):
        return None if m[1] == cfg['branch'] and (top/m[2]).exists() else 'the repository has no such file'
    u = urlsplit(href)
    if u.scheme or u.netloc: return None
    to = os.path.normpath(Path(name).parent/unquote(u.path)) if u.path else name
    if (out/to).is_dir(): to = (Path(to)/'index.html').as_posix()
    if not (out/to).exists(): return 'there is no such page'
    if u.fragment and to in pages and unquote(u.fragment) not in pages[to].ids: return 'that page has no such anchor'


def check_sources():
    "What no HTML shows: the addresses in badges, install cells and menus; and how many visible cells are tests"
    count = Counter()
    for p in sorted((top/'nbs').rglob('*.ipynb')):
        rel = p.relative_to(top).as_posix()
        cells = [(c['cell_type'], ''.join(c['source'])) for c in json.loads(p.read_text(encoding='utf-8'))['cells']]
        if re.match(r'\d', p.name):
            shown = [s for k, s in cells if k == 'code' and not re.search(r'^#\|\s*(hide|export|default_exp)', s, re.M)]
            count['visible cells of library pages'] += len(shown)
            count['of these, only tests'] += sum(bool(re.search(r'\b(test_\w+\(|assert\b)', s)) and not prints(s) for s in shown)
        if rel.split('/')[1] == 'learn' or rel.endswith('quick_start.ipynb'):
            text = '\n'.join(s for _, s in cells)
            user, repo = cfg['user'], cfg['repo']
            for must in (f'colab.research.google.com/github/{user}/{repo}/blob/{cfg["branch"]}/{rel}', f'git+https://github.com/{user}/{repo}'):
                if must not in text: fault(rel, f'{must} is missing: the badge and the install cell take it from settings.ini')
        for _, s in cells:
            if re.search(r'pip install\s+(-\S+\s+)*captcha[-_]ocr\b', s): fault(rel, 'that name on PyPI is somebody else\'s')
    for name in '_quarto.yml', 'sidebar.yml':
        for href in re.findall(r'(?:href: |- )([\w./]+\.(?:ipynb|md))$', (top/'nbs'/name).read_text(encoding='utf-8'), re.M):
            count['pages in menus'] += 1
            if not (top/'nbs'/href).exists(): fault(name, f'{href} is not there')
    return count


def prints(src): return 'print(' in src or not re.match(r'\s*(test_|assert|with |for )', src.strip().splitlines()[-1])


# --- the browser

HARNESS = '''<script>
const pages = PAGES, widths = WIDTHS, found = [];
const frame = document.createElement('iframe'); frame.style = 'border:0;height:900px'; document.body.append(frame);
function load(url) { return new Promise(r => { frame.onload = () => setTimeout(r, 30); frame.src = url; }); }
function measure(page, width, scheme) {
  const d = frame.contentDocument, w = frame.contentWindow, res = {page, width, scheme, wide: [], cut: 0, blocks: 0, labels: []};
  const scrolls = e => { for (let o = e.parentElement; o && o !== d.body; o = o.parentElement) if (['auto','scroll','hidden'].includes(w.getComputedStyle(o).overflowX)) return true; return false; };
  if (d.documentElement.scrollWidth > width+1) res.wide.push('the page: ' + d.documentElement.scrollWidth);
  for (const e of d.querySelectorAll('main *')) {
    const r = e.getBoundingClientRect();
    if (r.width && r.right > width+1 && !scrolls(e)) res.wide.push(e.tagName + '.' + (e.className.baseVal ?? e.className) + ' ' + Math.round(r.right) + ': ' + e.textContent.slice(0, 60));
  }
  for (const e of d.querySelectorAll('main pre')) { res.blocks++; if (e.scrollWidth > e.clientWidth+1) res.cut++; }
  for (const e of d.querySelectorAll('main .cell img')) if (e.naturalWidth > 250 && e.getBoundingClientRect().width)
    res.labels.push(Math.round(10*e.getBoundingClientRect().width/e.naturalWidth*100/72*SMALLEST)/10);
  found.push(res);
}
(async () => {
  for (const page of pages) for (const width of widths) {
    frame.style.width = width + 'px';
    await load('/' + page);
    const d = frame.contentDocument, w = frame.contentWindow;
    d.querySelectorAll('details').forEach(o => o.open = true);
    measure(page, width, 'light');
    if (w.quartoToggleColorScheme) w.quartoToggleColorScheme(); else d.body.classList.add('quarto-dark');
    measure(page, width, 'dark');
    if (w.quartoToggleColorScheme) w.quartoToggleColorScheme();
  }
  await fetch('/found', {method: 'POST', body: JSON.stringify(found)});
})();
</script>'''


def browse(out):
    "What Chromium measures of each page, or None"
    if not find_chromium(): return print(NONE.format('the width of the pages and the size of labels are not checked.'))
    pages = [p.relative_to(out).as_posix() for p in sorted(out.rglob('*.html'))]
    html = '<!DOCTYPE html><body>' + HARNESS.replace('PAGES', json.dumps(pages)).replace('WIDTHS', json.dumps(WIDTHS)).replace('SMALLEST', str(SMALLEST_PT))
    found = ask_chromium(html, {'/': out})
    if not found: fault('chromium', 'it measured nothing in five minutes')
    return found


def check_browser(found):
    "Everything fits, and the labels of figures can be read"
    count = Counter()
    for o in found:
        at = f'{o["page"]} at {o["width"]}, {o["scheme"]}'
        if o['wide']: fault(at, 'wider than the window: ' + '; '.join(o['wide'][:3]))
        if o['scheme'] != 'light': continue
        count[f'code blocks at {o["width"]}'] += o['blocks']
        count[f'code blocks cut at {o["width"]}'] += o['cut']
        if o['cut']: fault(at, f'{o["cut"]} code blocks are cut')
        if o['width'] != min(WIDTHS): continue
        small = [px for px in o['labels'] if px < SMALLEST_PX]
        count['figures'] += len(o['labels'])
        count['figures with labels too small'] += len(small)
        if small: fault(at, f'{len(small)} figures with labels of {min(small)} pixels, less than {SMALLEST_PX}: draw them narrower')
    return count


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--out', help='keep the site in this folder')
    parser.add_argument('--html', help='check this folder of HTML, without making it')
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as d:
        out = Path(args.html or args.out or Path(d)/'site').resolve()
        if not args.html:
            if args.out: shutil.rmtree(out, ignore_errors=True)
            proc = prepare(Path(d))
            (plain if is_stub() else quarto)(proc, out)
            print(f'The site was made {"without" if is_stub() else "with"} Quarto')
        count = check_html(out) + Counter() + check_sources()
        if found := browse(out): count += check_browser(found)
    for k in ('images without alt text', 'progress bars', 'raw Markdown', 'dead links'): count.setdefault(k, 0)
    for k, v in count.items(): print(f'{k:40}{v}')
    if faults: sys.exit('\n'.join(faults))


if __name__ == '__main__': main()
