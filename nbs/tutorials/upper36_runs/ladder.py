"""What keeps the post's network on the plateau, one thing at a time: python ladder.py

A plain loop trains the network of the fast.ai post as the post does, at a quarter of its width, or all of it, for as long:
800 images in batches of 16, 20 epochs of one cycle up to 1e-3, AdamW with a decay of 1e-3, no clipping, and class 0 as the
blank, which is A as well. Each run changes what CHANGES says. The rows are appended to ladder.csv; runs that it has are passed over."""
import time
from pathlib import Path
import numpy as np, pandas as pd
from fastai.vision.all import *
from captcha_ocr.core import create_captcha_dataset
from captcha_ocr.backbone import init_lstm
from captcha_ocr.decode import collapse_path

ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789'
N,EPOCHS,OUT = len(ALPHABET), 20, Path(__file__).with_suffix('.csv')
CHANGES = {
    'as the post': {},
    'one forget gate at 1, not two': dict(forget=1),
    'batches of 8': dict(bs=8),
    'the blank right': dict(blank=N),
    'the blank right, no biases': dict(blank=N, bias=(0.,0.)),
    'the blank right, at full width': dict(blank=N, times=4),
    'convolutions start as in fastai': dict(conv='fastai'),
    "the head starts as PyTorch's": dict(head='torch'),
    'as crnn_learner was before': dict(bs=8, forget=1, head='torch', conv='fastai', clip=5., wd=.01, wd_bn=0.)}

def images():
    "The thousand images, normalised, and their classes"
    ds = create_captcha_dataset(1000, 'upper36', 'post')
    x = torch.stack([tensor(np.asarray(o['image'].convert('RGB'))).permute(2,0,1) for o in ds]).float()/255
    mean,std = x[:16].mean((0,2,3), keepdim=True), x[:16].std((0,2,3), keepdim=True)+1e-7
    return (x-mean)/std, torch.tensor([[ALPHABET.index(c) for c in o['label']] for o in ds])

def block(i, o, conv):
    if conv == 'fastai': return [ConvLayer(i, o)]
    return [nn.Conv2d(i, o, 3, padding=1), nn.BatchNorm2d(o), nn.ReLU(inplace=True)]

class PostNetwork(nn.Module):
    "The post's CRNN at a quarter of its width, or so many times that"
    def __init__(self, conv, head, forget, bias, times=1):
        super().__init__()
        layers,pools = [], [nn.MaxPool2d(2), nn.MaxPool2d(2), None, nn.MaxPool2d((2,1)), None, nn.MaxPool2d((2,1))]
        widths = [3, *(times*o for o in (16,32,64,64,128,128))]
        for k,(i,o,pool) in enumerate(zip(widths, widths[1:], pools)):
            layers += block(i, o, conv)
            if k == 5: layers.append(nn.Dropout2d(.2))
            if pool: layers.append(pool)
        self.cnn = nn.Sequential(*layers, nn.AdaptiveAvgPool2d((1,40)))
        self.lstm = nn.LSTM(times*128, times*64, num_layers=2, bidirectional=True, dropout=.2)
        init_lstm(self.lstm)
        if forget == 2: self.open_forget_gates()
        self.fc = nn.Linear(times*128, N+1)
        if head == 'xavier': nn.init.xavier_uniform_(self.fc.weight)
        char,last = bias
        nn.init.constant_(self.fc.bias[:N], char)
        nn.init.constant_(self.fc.bias[N:], last)

    @torch.no_grad()
    def open_forget_gates(self):
        "In the second bias too"
        for k,p in self.lstm.named_parameters():
            if 'bias_hh' in k: p[len(p)//4:len(p)//2] = 1.

    def forward(self, x): return F.log_softmax(self.fc(self.lstm(self.cnn(x).squeeze(2).permute(2,0,1))[0]), 2)

def optimizer(net, steps, wd, wd_bn):
    "AdamW and the schedule of fastai's one cycle"
    weights,others = ([p for p in net.parameters() if (p.ndim > 1) == o] for o in (True,False))
    groups = [dict(params=weights), dict(params=others, weight_decay=wd if wd_bn else 0.)]
    opt = torch.optim.AdamW(groups, 1e-3, betas=(.9,.99), eps=1e-5, weight_decay=wd)
    return opt, torch.optim.lr_scheduler.OneCycleLR(opt, 1e-3, total_steps=steps, pct_start=.25, div_factor=25, final_div_factor=1e5,
                                                    base_momentum=.85, max_momentum=.95)

@torch.no_grad()
def exact(net, x, y, blank):
    "The part of the images that is read without a mistake"
    paths = net.eval()(x.contiguous(memory_format=torch.channels_last)).argmax(-1).T.tolist()
    return np.mean([collapse_path(p, blank) == tuple(t) for p,t in zip(paths, y.tolist())])

def run(x, y, bs=16, conv='torch', head='xavier', forget=2, clip=0., wd=1e-3, wd_bn=1.,
        blank=0, bias=(.5,-2.), times=1, seed=0):
    "The loss of each epoch, and what is read of the last 200 images"
    set_seed(seed)
    net,start = PostNetwork(conv, head, forget, bias, times).to(memory_format=torch.channels_last), time.time()
    opt,sched = optimizer(net, EPOCHS*800//bs, wd, wd_bn)
    ctc,losses = nn.CTCLoss(blank=blank, zero_infinity=True), []
    for _ in range(EPOCHS):
        total = 0.
        for ix in torch.randperm(800).split(bs):
            lp = net(x[ix].contiguous(memory_format=torch.channels_last))
            loss = ctc(lp, y[ix], torch.full((len(ix),), 40), torch.full((len(ix),), 5))
            loss.backward()
            if clip: nn.utils.clip_grad_norm_(net.parameters(), clip)
            opt.step()
            sched.step()
            opt.zero_grad()
            total += loss.item()
        losses.append(total*bs/800)
    return losses, exact(net, x[800:], y[800:], blank), round(time.time()-start)

if __name__ == '__main__':
    torch.set_num_threads(1)
    x,y = images()
    for name,changes in CHANGES.items():
        if OUT.is_file() and name in pd.read_csv(OUT).changed.values: continue
        losses,read,seconds = run(x, y, **changes)
        off = next((i for i,o in enumerate(losses, 1) if o < 3), None)
        row = dict(changed=name, off=off, valid=read, seconds=seconds, losses=' '.join(f'{o:.3f}' for o in losses))
        print(row, flush=True)
        pd.DataFrame([row]).to_csv(OUT, mode='a', header=not OUT.is_file(), index=False)
