#!/usr/bin/env python3
"""How the library reads, in numbers; exits 1 if a bar of CONTRIBUTING.md is missed.

Over the exported modules: lines over 120 and over 100 columns, private names that one module takes from another, circles
of imports (also those inside functions), names of the star import that shadow Python's or fastcore's. Over the library's
pages: lines in an exported cell, words of prose for an exported line, `you` for 1,000 words, and pages whose last shown
cell is an exported one."""
import ast, json, re, statistics, sys
from pathlib import Path

top = Path(__file__).resolve().parent.parent
lib = top/'captcha_ocr'
modules = {p.stem: ast.parse(p.read_text(encoding='utf-8')) for p in sorted(lib.glob('*.py')) if p.name != '_modidx.py'}


def imports(tree):
    "(module of the library, names) of each import, wherever it stands"
    for node in ast.walk(tree):
        if not isinstance(node, ast.ImportFrom): continue
        name = node.module or ''
        if node.level == 1: yield name.split('.')[0], [o.name for o in node.names]
        elif name.startswith('captcha_ocr.'): yield name.split('.')[1], [o.name for o in node.names]


def circle(graph):
    "A circle of modules, as a list, or None"
    done, path = set(), []
    def visit(name):
        if name in path: return [*path[path.index(name):], name]
        if name in done: return None
        path.append(name)
        found = next(filter(None, map(visit, sorted(graph.get(name, ())))), None)
        path.pop()
        done.add(name)
        return found
    return next(filter(None, map(visit, sorted(graph))), None)


def pages():
    "The cells of each page of the library, in reading order"
    for p in sorted((top/'nbs').glob('[0-9]*.ipynb')):
        yield p.stem, [(c['cell_type'], ''.join(c['source'])) for c in json.loads(p.read_text(encoding='utf-8'))['cells']]


def shown(kind, source):
    "Whether the site shows a cell"
    if kind == 'markdown': return not re.fullmatch(r'#+ .* -\s*', source)
    return not re.match(r'(#\|.*\n)*#\|\s*(hide|export|default_exp)\b', source)


def ends_exported(cells):
    "Whether the last cell that the site shows is an exported one, on which nbdev fails"
    kind, source = [o for o in cells if shown(*o)][-1]
    return kind == 'code' and bool(re.match(r'#\|\s*exports\b', source))


def measure():
    lines = [o for p in lib.glob('*.py') if p.name != '_modidx.py' for o in p.read_text(encoding='utf-8').splitlines() if o.strip()]
    exported, prose = [], []
    for _, cells in pages():
        exported += [o for kind, o in cells if kind == 'code' and re.match(r'#\|\s*exports?\b', o)]
        prose += [o for kind, o in cells if kind == 'markdown']
    sizes = [len(o.strip().splitlines())-1 for o in exported]
    words = re.findall(r"[A-Za-z’']+", ' '.join(prose))
    graph = {k: {m for m, _ in imports(tree)} - {''} for k, tree in modules.items()}
    private = [f'{k} takes {n} from {m}' for k, tree in modules.items() for m, ns in imports(tree) for n in ns if n.startswith('_')]
    return {
        'lines': len(lines),
        'over 120 columns': sum(len(o) > 120 for o in lines),
        'over 100 columns, %': round(100*sum(len(o) > 100 for o in lines)/len(lines), 1),
        'lines of an exported cell, median': statistics.median(sizes),
        'words of prose for an exported line': round(len(words)/sum(sizes), 1),
        'you for 1,000 words': round(1000*sum(o.lower() in ('you', 'your', 'yours') for o in words)/len(words), 1),
        'private names across modules': private,
        'circle of imports': circle(graph),
        'pages that end with an exported cell': [name for name, cells in pages() if ends_exported(cells)]}


res = measure()
for k, v in res.items(): print(f'{k:40}{v}')
good = (res['over 120 columns'] == 0 and res['over 100 columns, %'] <= 4 and res['lines of an exported cell, median'] <= 8
        and res['words of prose for an exported line'] >= 4 and not res['private names across modules'] and not res['circle of imports']
        and not res['pages that end with an exported cell'])
sys.exit(0 if good else 'The bars: 0 lines over 120, at most 4% over 100, median cell at most 8, at least 4 words a line, no private names, no circle, no exported cell at the end of a page')
