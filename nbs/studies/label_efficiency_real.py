"""Ways to learn from few labels of two real sets: python label_efficiency_real.py SETS

SETS is a folder with captcha-ds and digits4-csv. Each row of label_efficiency_real.csv is a network that has seen about
10,000 images, or four times as many, and what it reads of the test images. The rows there are were made by an earlier
form of this script, with the `synth` and the learners before version 0.0.2. Rows that the table has are passed over."""
import contextlib
from fastai.vision.all import *
from fastcore.script import call_parse
from captcha_ocr.core import *
from captcha_ocr.backbone import undo_zero_init
from captcha_ocr.calibrate import risk_coverage
from captcha_ocr.file import atomic_write

SPECS = {'captcha-ds': CaptchaSpec(size=(165,55), alphabet=string.digits, length=4),
         'digits4-csv': CaptchaSpec(size=(140,60), alphabet=string.digits, length=4)}
SEEN,EPOCHS,ALL = 10_000,8,10_000

RUNS = [(name, n, start) for n in (100,50,500,ALL,200) for start in ('synth','scratch') for name in SPECS]
RUNS += [('captcha-ds', n, 'scratch, at work') for n in (50,100,500,ALL)]
RUNS += [('captcha-ds', n, 'scratch, sharp') for n in (100,500)]
RUNS += [('captcha-ds', n, 'synth and unlabelled') for n in (50,100)]
RUNS += [('captcha-ds', 100, start) for start in ('scratch, heads','synth, heads')]
RUNS += [('captcha-ds', n, 'synth, longer') for n in (100,500)]
RUNS += [('captcha-ds', n, 'scratch, heads, longer') for n in (500,ALL)]
RUNS += [('captcha-ds', 500, f'{o}, longer and unlabelled') for o in ('synth','scratch, heads')]

def part(items, pct):
    "Two lists, no text in both; the second with `pct` of the texts"
    a,b = LabelSplitter(pct, seed=0)(items)
    return items[a], items[b]

def load(sets):
    "For each set: images to label, to validate on, to test on"
    set_seed(0)
    folders = {'captcha-ds': CaptchaDataLoaders.from_folder(sets/'captcha-ds/images'),
               'digits4-csv': CaptchaDataLoaders.from_csv(sets/'digits4-csv')}
    data = {}
    for name,dls in folders.items():
        rest,test = part(L(dls.train.items)+L(dls.valid.items), .25)
        pool,valid = part(rest, .05)
        data[name] = SimpleNamespace(pool=pool.shuffle(), valid=valid, test=test)
    return data

def train(items, valid, spec, start):
    "A learner that has seen `SEEN` of the images `items`, over and over, or four times as many"
    seen = SEEN*(4 if 'longer' in start else 1)
    items = items*math.ceil(SEEN/EPOCHS/len(items))
    splits = range(len(items)), range(len(items), len(items)+len(valid))
    dls = CaptchaDataLoaders.from_items(items+valid, spec, lambda _: splits, bs=16, num_workers=0)
    set_seed(0)
    learner,init = multihead_learner if 'heads' in start else crnn_learner, 'synth' if 'synth' in start else False
    learn = learner(dls, 'resnet_hires' if start == 'scratch, sharp' else None, pretrained=init)
    if 'at work' in start: undo_zero_init(learn.model)
    epochs = max(1, round(seen/len(items)))
    with learn.no_bar(), learn.no_logging():
        if init: learn.fine_tune(epochs-1, 4e-3, lr_mult=10)
        else: learn.fit_one_cycle(epochs)
    return learn

def measure(reader, test):
    "What a reader reads; and the share of the texts that it reads if it refuses until 99% of the others are right"
    interp = interpret(reader, test, length=4, allow=string.digits)
    s,curve = interp.score(), risk_coverage(interp.confidences, interp.correct)
    low,high = s['exact_match_ci']
    at_99 = np.nan_to_num(curve.coverage[curve.precision >= .99].max())
    return dict(exact=s['exact_match'], low=low, high=high, characters=s['char_accuracy'], read_at_99=at_99)

def run(name, data, labels, start):
    "A row of the table"
    t,spec = time.perf_counter(), SPECS[name]
    items,added = data.pool[:labels], []
    with contextlib.redirect_stdout(None):
        learn = train(items, data.valid, spec, start)
        if 'unlabelled' in start:
            added = pseudo_labels(learn, data.pool[labels:].itemgot(0), data.test).items
            learn = train(items+added, data.valid, spec, start)
    row = dict(set=name, start=start, labels=len(items), added=len(added), seconds=round(time.perf_counter()-t))
    return dict(row, **measure(learn.to_reader(), data.test))

@call_parse
def main(
    sets:Path, # Folder with captcha-ds and digits4-csv
    out:Path=Path(__file__).with_suffix('.csv') # The rows are appended to it
):
    data = load(sets)
    rows = pd.read_csv(out).to_dict('records') if out.exists() else []
    for name,n,start in RUNS:
        n = min(n, len(data[name].pool))
        if (name,n,start) in [(r['set'], r['labels'], r['start']) for r in rows]: continue
        rows.append(run(name, data[name], n, start))
        print(rows[-1], flush=True)
        atomic_write(out, lambda p: pd.DataFrame(rows).to_csv(p, index=False))
