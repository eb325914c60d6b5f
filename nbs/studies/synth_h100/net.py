"""The network of the reader, in plain torch, with the names of the library's parameters."""
import torch
from torch import nn

def conv(i, o, ks=3, stride=1, act=True, norm=True, last=None):
    layers = [nn.Conv2d(i, o, ks, stride, (ks-1)//2, bias=not norm)]
    nn.init.kaiming_normal_(layers[0].weight)
    if not norm: nn.init.zeros_(layers[0].bias)
    if norm: layers.append(nn.BatchNorm2d(o))
    if last: layers.append(last)
    elif act: layers.append(nn.ReLU())
    return nn.Sequential(*layers)

class SE(nn.Module):
    def __init__(self, c, reduction=8):
        super().__init__()
        m = -(-(c//reduction)//8)*8   # a multiple of 8
        self.layers = nn.ModuleList([nn.AdaptiveAvgPool2d(1), conv(c, m, 1, norm=False), conv(m, c, 1, norm=False, last=nn.Sigmoid())])
    def forward(self, x):
        y = x.mean((2,3), keepdim=True)
        return x*self.layers[2](self.layers[1](y))

class Block(nn.Module):
    def __init__(self, i, o):
        super().__init__()
        self.convpath = nn.Sequential(conv(i, o), conv(o, o, act=False), SE(o))
        self.idpath = nn.Sequential(*([conv(i, o, 1, act=False)] if i != o else []))
    def forward(self, x): return torch.relu(self.convpath(x) + self.idpath(x))

class Columns(nn.Module):
    def forward(self, x): return x.mean(2).transpose(1,2)

class CRNN(nn.Module):
    def __init__(self, num_chars, in_chans=3, p=.05):
        super().__init__()
        self.cnn = nn.Sequential(conv(in_chans, 16, 5, 2), Block(16, 32), nn.MaxPool2d(2), Block(32, 80), Block(80, 80), nn.MaxPool2d((2,1)),
                                 Block(80, 192), nn.Dropout2d(p), nn.MaxPool2d((2,1)), Columns())
        self.drop = nn.Dropout(p)
        self.encoder = nn.LSTM(192, 96, 1, bidirectional=True, batch_first=True)
        for name,w in self.encoder.named_parameters():
            if 'weight_ih' in name: nn.init.xavier_uniform_(w)
            elif 'weight_hh' in name: nn.init.orthogonal_(w)
            else:
                nn.init.zeros_(w)
                if 'bias_ih' in name: w.data[96:192] = 1.
        self.fc = nn.Linear(192, num_chars+1)
    def forward(self, x):
        x = self.drop(self.cnn(x))
        return self.fc(x + self.encoder(x)[0])
