"""Train the reader `synth` on images drawn on the GPU, within a budget of seconds; then, if time remains, one of alnum62."""
import argparse, json, math, os, sys, time, traceback
from types import SimpleNamespace
T0 = time.time()
import torch, torch.nn.functional as F
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from net import CRNN
from render import ALPHABET, GlyphAtlas, SpecRenderer, StyleRenderer
HERE = os.path.dirname(os.path.abspath(__file__))

p = argparse.ArgumentParser()
p.add_argument('--out', default='out')
p.add_argument('--until', type=float, default=480)         # seconds from the start, when synth ends
p.add_argument('--total', type=float, default=558)         # and when everything ends
p.add_argument('--bs', type=int, default=1024)
p.add_argument('--draws', type=int, default=16)            # batches drawn at once
p.add_argument('--n_valid', type=int, default=4096)
p.add_argument('--lr', type=float, default=2.5e-3)
p.add_argument('--device', default='cuda')
p.add_argument('--atlas', default=f'{HERE}/atlas.npz')
p.add_argument('--init', default=f'{HERE}/old_synth.safetensors')
p.add_argument('--every', type=float, default=60)
a = p.parse_args()
os.makedirs(a.out, exist_ok=True)
dev,cuda = torch.device(a.device), a.device == 'cuda'
LOG = open(f'{a.out}/log.jsonl', 'a')

def log(**kw):
    kw = dict(t=round(time.time()-T0, 1), **kw)
    print(json.dumps(kw), flush=True)
    LOG.write(json.dumps(kw)+'\n'); LOG.flush()

def sync():
    if cuda: torch.cuda.synchronize()

def preset(size, mode, alphabet, length, font_sizes=(42,50,56)):
    return SimpleNamespace(size=size, mode=mode, alphabet=alphabet, length=length, fonts=(), font_sizes=font_sizes, character_rotate=(-30,30),
        character_warp_dx=(.1,.3), character_warp_dy=(.2,.3), character_offset_dx=(0,4), character_offset_dy=(0,6), word_space_probability=.5,
        word_offset_dx=.25, n_dots=30, dot_width=3, n_curves=1, fg_color=None, bg_color=None)
DIGITS,UPPER = '0123456789', 'ABCDEFGHIJKLMNOPQRSTUVWXYZ'
DROID = (f'{HERE}/DroidSansMono.ttf',)

def ctc(logits, y, n):
    lens = (y != n).sum(1)
    lp = logits.float().log_softmax(-1).transpose(0,1)
    loss = F.ctc_loss(lp, y, torch.full_like(lens, lp.shape[0]), lens, blank=n, reduction='none', zero_infinity=True)
    return (loss/lens.clamp(min=1)).mean()

def texts(classes, alphabet): return [''.join(alphabet[i] for i in o if i < len(alphabet)) for o in classes.tolist()]

def greedy(logits, n):
    top = logits.argmax(-1)
    new = torch.ones_like(top, dtype=torch.bool)
    new[:,1:] = top[:,1:] != top[:,:-1]
    return torch.where(new, top, n)

class Norm:
    def __init__(self, x):
        x = x.float()/255
        self.mean,self.std = x.mean((0,2,3)), x.std((0,2,3))
    def __call__(self, x): return ((x.float()/255 - self.mean[:,None,None])/self.std[:,None,None]).to(memory_format=torch.channels_last)

@torch.no_grad()
def exact(model, norm, sets, bs=1024):
    model.eval()
    res = {}
    for name,(x,y,alphabet) in sets.items():
        out = []
        for i in range(0, len(x), bs):
            with torch.autocast(a.device, torch.bfloat16, enabled=cuda): o = model(norm(x[i:i+bs]))
            out += texts(greedy(o.float(), len(ALPHABET)), ALPHABET)
        truth = texts(y, alphabet)
        res[name] = round(sum(s.lower() == t.lower() for s,t in zip(out, truth))/len(truth), 4)
        if name == 'style': res['style_case'] = round(sum(s == t for s,t in zip(out, truth))/len(truth), 4)
    return res

def fit(name, model, draw, n, norm, sets, until, lr, bs, seed, extra, fast=True):
    "Train `model` until `until` seconds from the start; checkpoints hold the mean of its weights over the last steps"
    model = model.to(dev, memory_format=torch.channels_last)
    import copy
    ema = copy.deepcopy(model)
    decay = [q for q in model.parameters() if q.ndim > 1]
    rest = [q for q in model.parameters() if q.ndim <= 1]
    opt = torch.optim.AdamW([dict(params=decay, weight_decay=.02), dict(params=rest, weight_decay=0.)], lr=lr, betas=(.9,.99), eps=1e-6, fused=cuda)
    floats = [(e,m) for e,m in zip(ema.state_dict().values(), model.state_dict().values()) if e.is_floating_point()]
    E,M = [o[0] for o in floats], [o[1] for o in floats]

    def step(x, y):
        with torch.autocast(a.device, torch.bfloat16, enabled=cuda): logits = model(norm(x))
        loss = ctc(logits, y, n)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 5.)
        opt.step()
        opt.zero_grad(set_to_none=True)
        return loss.detach()

    def rate(k=12):
        x,y = draw(bs, 'rate', 0)
        for g in opt.param_groups: g['lr'] = 0.   # nothing is learned from this
        model.train()
        for _ in range(4): step(x, y)
        sync(); t = time.time()
        for _ in range(k): step(x, y)
        sync()
        return k*bs/(time.time()-t)
    if cuda and fast:
        state = copy.deepcopy(model.state_dict())
        eager = rate()
        compiled = 0.
        try:
            t = time.time()
            model.cnn.compile()
            compiled = rate()
            log(job=name, compile_s=round(time.time()-t, 1))
        except Exception: traceback.print_exc()
        if compiled < eager*1.05: model.cnn._compiled_call_impl = None
        model.load_state_dict(state)
        opt.state.clear()
        log(job=name, step_rate_eager=round(eager), step_rate_compiled=round(compiled))

    start,at,i,seen,losses = time.time(), 0, 0, 0, []
    seconds = max(5., until - (start-T0))
    next_save = a.every
    def save(final=False):
        scores = exact(ema, norm, sets)
        ema.eval()
        torch.save(dict(state={k:v.detach().half().cpu() if v.is_floating_point() else v.cpu() for k,v in ema.state_dict().items()}, mean=norm.mean.tolist(),
            std=norm.std.tolist(), images=seen, seconds=round(time.time()-start, 1), steps=i, scores=scores, final=final, **extra), f'{a.out}/{name}.tmp')
        os.replace(f'{a.out}/{name}.tmp', f'{a.out}/{name}.pt')
        log(job=name, steps=i, images=seen, final=final, **scores)
    model.train()
    pool = []
    while (frac := (time.time()-start)/seconds) < 1:
        if not pool:
            x,y = draw(bs*a.draws, seed, at)
            at += 1
            order = torch.randperm(len(x), device=dev)
            pool = [(x[o],y[o]) for o in order.split(bs)]
        now = lr*(min(1, frac/.03) if frac < .03 else .5*(1+math.cos(math.pi*(frac-.03)/.97)) + 1e-3)
        for g in opt.param_groups: g['lr'] = now
        losses.append(step(*pool.pop()))
        i += 1; seen += bs
        d = min(.998, (i+1)/(i+20))
        torch._foreach_lerp_(E, M, 1-d)
        if i % 200 == 0 or (not cuda and i % 10 == 0):
            l = torch.stack(losses).mean().item(); losses = []
            log(job=name, step=i, loss=round(l, 4), lr=round(now, 6), rate=round(seen/(time.time()-start)))
            if not math.isfinite(l): raise SystemExit('the loss is not finite')
        if time.time()-start > next_save:
            save(); model.train()
            next_save += a.every
    sync()
    save(True)
    return ema

def main():
    # 1. smoke: everything once, small
    if cuda: log(card=torch.cuda.get_device_name(), torch=torch.__version__)
    atlas = GlyphAtlas.load(a.atlas)
    style = StyleRenderer(atlas, device=dev, groups=8)
    upper = SpecRenderer(preset((160,60), 'RGB', UPPER+DIGITS, 5), dev, DROID)
    x,y = style(64, 'smoke', 0)
    assert x.shape == (64,3,60,160) and x.dtype == torch.uint8 and y.shape == (64,8) and 20 < x.float().std() < 120
    assert (x == style(64, 'smoke', 0)[0]).all(), 'not the same twice'
    u,v = upper(64, 'smoke', 0)
    assert u.shape == (64,3,60,160) and 200 < u.float().mean() < 235, u.float().mean()
    assert (u == upper(64, 'smoke', 0)[0]).all()
    model = CRNN(62)
    if a.init:
        from safetensors.torch import load_file
        model.load_state_dict({k:v.float() if v.is_floating_point() else v for k,v in load_file(a.init).items()})
    model.to(dev)
    norm = Norm(x)
    with torch.autocast(a.device, torch.bfloat16, enabled=cuda): o = model.train()(norm(x))
    loss = ctc(o, y, 62); loss.backward()
    assert loss.isfinite() and all(q.grad.isfinite().all() for q in model.parameters()), loss
    model.zero_grad(set_to_none=True)
    torch.save(dict(x=x[:32].cpu(), y=y[:32].cpu(), u=u[:32].cpu(), v=v[:32].cpu()), f'{a.out}/samples.pt')
    log(smoke='ok', loss=round(loss.item(), 3))

    # 2. rates of drawing
    if cuda:
        for name,draw in dict(upper36=upper, style=style).items():
            draw(4096, 'rate', 0); sync()
            t = time.time()
            for i in range(6): draw(4096, 'rate', i)
            sync()
            log(drawn_per_s=round(6*4096/(time.time()-t)), what=name)
    norm = Norm(torch.cat([style(a.n_valid, 'stats', i)[0] for i in range(2 if cuda else 1)]))
    log(mean=norm.mean.tolist(), std=norm.std.tolist())
    def as_synth(drawer, alphabet, seed):
        x,y = drawer(a.n_valid, seed, 0)
        if x.shape[1:] != (3,60,160):
            x = F.interpolate(x.float(), (60,160), mode='bicubic', antialias=True).round().clamp(0, 255).byte().expand(-1, 3, -1, -1)
        return x, y, alphabet
    digits = SpecRenderer(preset((200,50), 'L', DIGITS, 6, (28,32,36)), dev, DROID)
    sets = dict(style=as_synth(style, ALPHABET, 'valid'), upper36=as_synth(upper, UPPER+DIGITS, 'valid'), digits6=as_synth(digits, DIGITS, 'valid'))
    log(before=exact(model, norm, sets))
    fit('synth', model, style, 62, norm, sets, a.until, a.lr, a.bs, 'synth/2', dict(fonts=len(atlas.names)))

    # 3. the preset alnum62
    if a.total-(time.time()-T0) < 25: return log(skipped='alnum62')
    alnum = SpecRenderer(preset((150,40), 'L', ALPHABET, 5), dev, DROID)
    x,y = alnum(a.n_valid, 'valid', 0)
    norm = Norm(alnum(a.n_valid, 'stats', 0)[0])
    fit('alnum62', CRNN(62, 1), alnum, 62, norm, dict(style=(x, y, ALPHABET)), a.total-8, 3e-3, a.bs, 'alnum62', {}, fast=False)
    log(done=True)

if __name__ == '__main__': main()
