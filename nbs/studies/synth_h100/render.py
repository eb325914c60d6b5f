"""Drawing CAPTCHAs by the thousand: every step works on a whole batch at once, on a GPU or on the CPU."""

import hashlib, math, random, string
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image, ImageDraw, ImageFont

__all__ = ['SpecRenderer', 'GlyphAtlas', 'StyleRenderer', 'SOURCE_SIZES', 'KINDS_OF_TEXT']

ALPHABET = string.ascii_letters + string.digits


# ---------------------------------------------------------------------------------------------------------------------
# Chance: everything is drawn from one generator on the device, seeded by names and numbers

def seed_of(*key):
    "A number of 63 bits that belongs to `key`, on every machine"
    return int.from_bytes(hashlib.sha256('/'.join(map(str, key)).encode()).digest()[:8], 'big') >> 1


@lru_cache(None)
def constant(values, device):
    "A tensor of the tuple `values`, which goes to the device only once"
    return torch.tensor(values, device=device, dtype=torch.float)


class Chance:
    "Random tensors on `device`, the same for the same key; `host` draws what the CPU decides, such as sizes"
    def __init__(self, device, *key):
        self.device = torch.device(device)
        self.gen = torch.Generator(self.device).manual_seed(seed_of(*key))
        self.host = random.Random(seed_of(*key, 'host'))

    def uniform(self, lo, hi, *shape):
        "Floats from `lo` to `hi`, which may be tensors that broadcast to `shape`"
        return lo + (hi-lo)*torch.rand(*shape, generator=self.gen, device=self.device)

    def below(self, n, *shape):
        "Integers from 0 to `n`-1; `n` may be a tensor that broadcasts to `shape`"
        r = torch.rand(*shape, generator=self.gen, device=self.device, dtype=torch.float64)
        return (r*n).long()

    def happens(self, p, *shape):
        "1. with probability `p`, else 0."
        return (torch.rand(*shape, generator=self.gen, device=self.device) < p).float()

    def choice(self, values, weights, *shape):
        "Floats out of the list `values`, each as often as its weight says"
        total = float(sum(weights))
        edges = tuple(sum(weights[:i+1])/total for i in range(len(weights)-1))
        at = torch.rand(*shape, generator=self.gen, device=self.device)
        at = torch.bucketize(at, constant(edges, self.device), right=True)
        return constant(tuple(values), self.device)[at]

    def some(self, n, p):
        "Indices of a share `p` of `n` images, in random order; how many there are is decided on the CPU"
        return torch.randperm(n, generator=self.gen, device=self.device)[:int(p*n + self.host.random())]


# ---------------------------------------------------------------------------------------------------------------------
# What both drawers are built of

def luminance(rgb, dim):
    "The grey of colours whose three channels lie along `dim`"
    r,g,b = rgb.unbind(dim)
    return .299*r + .587*g + .114*b


def paint(canvas, colour, mask):
    "`colour` laid on `canvas`, `(n, 3, h, w)`, as far as `mask` covers it, from 0 to 1"
    return canvas + (colour-canvas)*mask


def round_bytes(x):
    "Floats as 8 bits would hold them"
    return (x+.5).floor().clamp(0, 255)


def sample(images, x, y):
    "`images` `(b, c, h, w)` at the pixels `x`, `y` `(b, oh, ow)`, bilinear; a pixel's centre is a whole number"
    h,w = images.shape[-2:]
    grid = torch.stack([x*(2/(w-1))-1, y*(2/(h-1))-1], -1)
    return F.grid_sample(images, grid, 'bilinear', 'border', align_corners=True)


def bicubic(x):
    "The bicubic kernel with which Pillow resizes"
    x = x.abs()
    near = (1.5*x - 2.5)*x*x + 1
    far = ((-.5*x + 2.5)*x - 4)*x + 2
    return torch.where(x < 1, near, torch.where(x < 2, far, 0.))


def resize_weights(n_in, n_out, most_in, most_out):
    "Matrices `(b, most_out, most_in)` that resize lines of `n_in` `(b,)` pixels to `n_out`, as Pillow does"
    n_in,n_out = n_in.float()[:,None,None], n_out.float()[:,None,None]
    scale = n_in/n_out
    i = torch.arange(most_in, device=n_in.device)
    centre = (torch.arange(most_out, device=n_in.device)[:,None] + .5)*scale
    w = bicubic((i+.5-centre)/scale.clamp(min=1))
    w = torch.where((i < n_in) & (centre < n_in), w, 0.)
    return w/w.sum(-1, keepdim=True).where(w.sum(-1, keepdim=True).abs() > 1e-6, 1.)


def glyph_mask(char, font):
    "The picture of `char`, uint8 `(h, w)`, cropped to its ink; and how far right and down its line box goes"
    _,_,right,bottom = ImageDraw.Draw(Image.new('L', (1,1))).textbbox((1,1), char, font)
    img = Image.new('L', (int(right)+8, int(bottom)+8))
    ImageDraw.Draw(img).text((4,4), char, 255, font)
    box = img.getbbox()
    return np.asarray(img.crop(box) if box else Image.new('L', (1,1))), int(right), int(bottom)


def pick_texts(chance, n, lengths, n_classes):
    "Labels `(n, max_len)` with `lengths` `(n,)` characters each, padded with class `n_classes`"
    most = int(lengths[1])
    count = lengths[0] + chance.below(most-lengths[0]+1, n)
    labels = chance.below(n_classes, n, most)
    return labels.where(torch.arange(most, device=labels.device) < count[:,None], n_classes), count


# ---------------------------------------------------------------------------------------------------------------------
# The images of one spec

class SpecRenderer:
    "Draws the images of a `CaptchaSpec` as `ImageCaptcha` of the package captcha does, step by step, a batch at a time"
    def __init__(self,
        spec, # `CaptchaSpec`, or anything with its fields
        device='cpu',
        fonts=() # Font files to draw with if the spec names none
    ):
        self.spec,self.device = spec, torch.device(device)
        length = (spec.length,)*2 if isinstance(spec.length, int) else tuple(spec.length)
        self.lengths,self.n = length, len(spec.alphabet)
        self._draw_glyphs(list(spec.fonts or fonts or _default_fonts()))
        self._draw_dot()

    def _draw_glyphs(self, fonts):
        "One picture of each character in each font and size, as the generator would draw it"
        fonts = [ImageFont.truetype(str(f), s) for f in fonts for s in self.spec.font_sizes]
        found = [[glyph_mask(c, f) for c in self.spec.alphabet] for f in fonts]
        h,w = (max(o[0].shape[d] for row in found for o in row) for d in (0,1))
        atlas = np.zeros((len(fonts), self.n, h, w), np.float32)
        for i,row in enumerate(found):
            for j,(mask,_,_) in enumerate(row): atlas[i,j,:mask.shape[0],:mask.shape[1]] = mask
        def table(f): return torch.tensor([[f(o) for o in row] for row in found], device=self.device)
        self.atlas = torch.from_numpy(atlas).to(self.device)
        self.ink_w,self.ink_h = table(lambda o: o[0].shape[1]), table(lambda o: o[0].shape[0])
        self.box_w,self.box_h = table(lambda o: o[1]), table(lambda o: o[2])
        self.space_w = torch.tensor([glyph_mask(' ', f)[1] for f in fonts], device=self.device)
        # the largest that each step can make of them
        s = self.spec
        turn = math.hypot(w, h)
        self.most_turned = (int(turn)+3, int(turn)+3)
        box = int(self.box_w.max()), int(self.box_h.max())
        warps = [max(map(abs, o)) for o in (s.character_warp_dx, s.character_warp_dy)]
        push = [2*int(side*warp + warp + 1) for side,warp in zip(box, warps)]
        self.most_box,self.most_warped = box, (box[0]+push[0], box[1]+push[1])
        self.most_w = max(s.size[0], self.lengths[1]*(box[0]+int(self.space_w.max())))

    def _draw_dot(self):
        "The pixels of a noise dot, as (x, y) from its place"
        r = self.spec.dot_width + 2
        img = Image.new('L', (2*r+1,2*r+1))
        if self.spec.dot_width: ImageDraw.Draw(img).line(((r,r),(r-1,r-1)), 1, self.spec.dot_width)
        y,x = np.nonzero(np.asarray(img))
        self.dot = [torch.tensor(o-r, device=self.device) for o in (x,y)]
        self.margin = r

    @torch.no_grad()
    def __call__(self,
        n:int, # Images
        seed=0, # Number or string
        index:int=0 # Of the batch
    ) -> tuple: # Images, uint8 `(n, channels, h, w)`, and labels, int64 `(n, max_len)`, padded with class `n`
        "Batch `index` of `seed`: on the same device, the same whenever it is drawn"
        chance = Chance(self.device, seed, index)
        labels,count = pick_texts(chance, n, self.lengths, self.n)
        paper,ink = self._colours(chance, n)
        canvas = self._write(chance, labels, count, paper, ink)
        canvas = ink[:,:,None,None].where(self._noise(chance, n)[:,None] > 0, canvas)
        canvas = smooth(canvas)
        if self.spec.mode == 'L': canvas = round_bytes(luminance(canvas, 1)[:,None])
        return canvas.byte(), labels

    def _colours(self, chance, n):
        "Background and text colours, `(n, 3)`"
        def some(fixed, lo, hi):
            if fixed is None: return lo + chance.below(hi-lo+1, n, 3).float()
            return constant(tuple(fixed[:3]), self.device).expand(n, 3)
        return some(self.spec.bg_color, 238, 255), some(self.spec.fg_color, 10, 200)

    def _write(self, chance, labels, count, paper, ink):
        "The texts on their background, `(n, 3, h, w)`"
        s,(n,most) = self.spec, labels.shape
        (w,h),filled = s.size, labels < self.n
        font = chance.below(len(self.atlas), n, most)
        patches,box_w,box_h = self._characters(chance, font, labels.clamp(max=self.n-1))
        space = self.space_w[chance.below(len(self.atlas), n, most)]
        space = space*chance.happens(1-s.word_space_probability, n, most).long()
        box_w,space = box_w*filled, space*filled

        # where each character begins: it may overlap the one before, which may be a space
        total = (box_w+space).sum(1)
        mean = total//count
        back = (s.word_offset_dx*mean).long()[:,None] + 1
        back_space = chance.below(back, n, most)*(space > 0)
        step = space - back_space + box_w - chance.below(back, n, most)
        start = (mean.float()*.1).long()[:,None] + step.cumsum(1) - step + space - back_space
        top = (h-box_h).div(2, rounding_mode='trunc')

        # the lighter the ink, the more it covers
        cover = (round_bytes(luminance(ink, 1))*1.97).floor().clamp(max=255)[:,None,None,None]/255
        ink = ink[:,:,None,None]
        canvas = paper[:,:,None,None].expand(n, 3, h, self.most_w)
        x,y = torch.arange(self.most_w, device=self.device), torch.arange(h, device=self.device)
        width = total.clamp(min=w)
        for i in range(most):
            px,py = x - start[:,i,None], y - top[:,i,None]
            in_x = (px >= 0) & (px < box_w[:,i,None]) & (x < width[:,None])
            in_y = (py >= 0) & (py < box_h[:,i,None])
            at = (py.clamp(0, self.most_box[1]-1)*self.most_box[0])[:,:,None] + px.clamp(0, self.most_box[0]-1)[:,None]
            there = patches[:,i].flatten(1).gather(1, at.flatten(1)).view(n, h, self.most_w)
            there = there & in_x[:,None] & in_y[:,:,None]
            canvas = torch.where(there[:,None], round_bytes(paint(canvas, ink, cover)), canvas)
        shrink = resize_weights(width, torch.full_like(width, w), self.most_w, w)
        return round_bytes(canvas.flatten(1,2) @ shrink.transpose(1,2)).view(n, 3, h, w)

    def _characters(self, chance, font, char):
        """Where the characters, turned and warped, have ink, and the width and height of each box.

        `font` and `char` are `(n, most)`; the ink is bool `(n, most, box height, box width)`."""
        s,shape,b = self.spec, font.shape, font.numel()
        font,char = font.flatten(), char.flatten()
        box_w,box_h = self.box_w[font,char], self.box_h[font,char]
        # Pillow keeps the colour apart from the opacity: a pixel of any opacity has all of the colour,
        # and pasting looks at the colour alone, so all that counts in the end is where the opacity is not 0
        solid = chance.uniform(220, 255, shape[0], 1).expand(shape).flatten()/255
        opacity = round_bytes(self.atlas[font,char]*solid[:,None,None])
        turn = chance.uniform(*s.character_rotate, b)
        opacity,w,h = self._turn(opacity, self.ink_w[font,char], self.ink_h[font,char], turn)

        def push(size, lo_hi):
            most = size*chance.uniform(0, 1, b)*(lo_hi[1]-lo_hi[0]) + lo_hi[0]
            return chance.uniform(-most, most, b).trunc(), chance.uniform(-most, most, b).trunc()
        (x1,x2),(y1,y2) = push(box_w, s.character_warp_dx), push(box_h, s.character_warp_dy)
        w2,h2 = box_w + x1.abs() + x2.abs(), box_h + y1.abs() + y2.abs()
        opacity = self._stretch(opacity, (w,h), (w2,h2))
        corners = (x1,y1), (-x1,h2-y2), (w2+x2,h2+y2), (w2-x2,-y1)
        patches = self._pull(opacity, (w2,h2), corners, (box_w,box_h)) > 0
        return patches.view(*shape, *patches.shape[1:]), box_w.view(shape), box_h.view(shape)

    def _turn(self, part, w, h, degrees):
        "`part` `(b, ., .)`, of `w` x `h` pixels each, turned by `degrees` as by `Image.rotate` with `expand`"
        cos,sin = torch.cos(-degrees.deg2rad().double()), torch.sin(-degrees.deg2rad().double())
        w,h = w.double(), h.double()
        cx,cy = w/2 - cos*w/2 - sin*h/2, h/2 + sin*w/2 - cos*h/2
        corners = [(0,0),(w,0),(w,h),(0,h)]
        xs = torch.stack([cos*x + sin*y + cx for x,y in corners])
        ys = torch.stack([-sin*x + cos*y + cy for x,y in corners])
        nw,nh = xs.amax(0).ceil() - xs.amin(0).floor(), ys.amax(0).ceil() - ys.amin(0).floor()
        dx,dy = (nw-w)/2, (nh-h)/2
        cx,cy = cx - cos*dx - sin*dy, cy + sin*dx - cos*dy
        x = torch.arange(self.most_turned[0], device=self.device) + .5
        y = torch.arange(self.most_turned[1], device=self.device)[:,None] + .5
        cos,sin,cx,cy,w,h,nw_,nh_ = (o.float()[:,None,None] for o in (cos,sin,cx,cy,w,h,nw,nh))
        sx,sy = cos*x + sin*y + cx, -sin*x + cos*y + cy
        inside = (sx >= 0) & (sx < w) & (sy >= 0) & (sy < h) & (x < nw_) & (y < nh_)
        sx,sy = torch.minimum((sx-.5).clamp(min=0), w-1), torch.minimum((sy-.5).clamp(min=0), h-1)
        return round_bytes(sample(part[:,None], sx, sy)[:,0]*inside), nw, nh

    def _stretch(self, part, size, new):
        "`part` `(b, ., .)`, of `size` pixels each, resized to `new`"
        across = resize_weights(size[0], new[0], self.most_turned[0], self.most_warped[0])
        down = resize_weights(size[1], new[1], self.most_turned[1], self.most_warped[1])
        return round_bytes(down @ round_bytes(part @ across.transpose(1,2)))

    def _pull(self, part, size, corners, box):
        "What a box of `box` pixels shows of `part` `(b, ., .)` if its corners are pulled to `corners`, nearest pixel"
        (nwx,nwy),(swx,swy),(sex,sey),(nex,ney) = ((x.float()[:,None,None],y.float()[:,None,None]) for x,y in corners)
        (w,h),(bw,bh) = ([o.float()[:,None,None] for o in p] for p in (size,box))
        x = torch.arange(self.most_box[0], device=self.device) + .5
        y = torch.arange(self.most_box[1], device=self.device)[:,None] + .5
        sx = nwx + (nex-nwx)/bw*x + (swx-nwx)/bh*y + (sex-swx-nex+nwx)/(bw*bh)*(x*y)
        sy = nwy + (ney-nwy)/bw*x + (swy-nwy)/bh*y + (sey-swy-ney+nwy)/(bw*bh)*(x*y)
        inside = (sx >= 0) & (sx < w) & (sy >= 0) & (sy < h)
        most_w,most_h = self.most_warped
        at = sy.long().clamp(0, most_h-1)*most_w + sx.long().clamp(0, most_w-1)
        return part.flatten(1).gather(1, at.flatten(1)).view(at.shape)*inside

    def _noise(self, chance, n):
        "Where dots and arcs lie, `(n, h, w)`"
        (w,h),m = self.spec.size, self.margin
        row = w + 2*m
        field = torch.zeros(n, (h+2*m)*row, device=self.device)
        x,y = chance.below(w+1, n, self.spec.n_dots, 1), chance.below(h+1, n, self.spec.n_dots, 1)
        field.scatter_(1, ((y+self.dot[1]+m)*row + x + self.dot[0] + m).flatten(1), 1.)
        for _ in range(self.spec.n_curves):
            x1,x2 = chance.below(w//5+1, n, 1), chance.below(w-w//5+1, n, 1) + w//5
            y1 = chance.below(h-2*(h//5)+1, n, 1) + h//5
            y2 = chance.below(h-y1-h//5+1, n, 1) + y1
            start,end = chance.below(21, n, 1), chance.below(41, n, 1) + 160
            t = torch.deg2rad(start + (end-start)*torch.linspace(0, 1, 2*(w+h), device=self.device))
            x = ((x1+x2)/2 + (x2-x1)/2*t.cos() + .5).floor().long()
            y = ((y1+y2)/2 + (y2-y1)/2*t.sin() + .5).floor().long()
            field.scatter_(1, (y+m)*row + x + m, 1.)
        return field.view(n, h+2*m, row)[:,m:m+h,m:m+w]


def smooth(canvas):
    "Pillow's filter `SMOOTH` on `(n, 3, h, w)`, which leaves the border as it is"
    inner = canvas[...,1:-1,1:-1]
    across = canvas[...,:-2] + canvas[...,1:-1] + canvas[...,2:]
    around = across[...,:-2,:] + across[...,1:-1,:] + across[...,2:,:]
    canvas = canvas.clone()
    canvas[...,1:-1,1:-1] = round_bytes((around + 4*inner)/13)
    return canvas


def _default_fonts():
    "The font file that comes with the package captcha"
    import importlib.util
    return [Path(importlib.util.find_spec('captcha').origin).parent/'data/DroidSansMono.ttf']


# ---------------------------------------------------------------------------------------------------------------------
# Images that each have a style of their own

CELL,REACH = 64, 7.9   # of a glyph's field: its side, and the largest distance that it holds, in cell pixels
CAP_MIDDLE = 29.       # where the middle of a capital stands in the cell
FINE = 4               # the glyphs are measured on a grid this much finer


@dataclass
class GlyphAtlas:
    """Every character of `alphabet` in every font, as how deep in the ink each place of a cell lies.

    `fields` is uint8 `(fonts, chars, CELL, CELL)`: 128 at the edge of the ink, 16 more for each cell pixel inside.
    `half` `(fonts, chars)` is half the width of the ink, which stands in the middle of the cell, `cap` `(fonts,)` the
    height of capitals, in cell pixels."""
    fields:np.ndarray
    half:np.ndarray
    cap:np.ndarray
    alphabet:str
    names:tuple = ()

    @classmethod
    def from_fonts(cls, files, alphabet=ALPHABET):
        "Draw `alphabet` with each of the font `files`, but those that lack a character or have too wide ones"
        found = [(Path(f).stem, _measure_font(f, alphabet)) for f in files]
        found = [(name, o) for name,o in found if o is not None]
        if not found: raise ValueError('None of the fonts can be drawn with')
        names,rows = zip(*found)
        return cls(*(np.stack(o) for o in zip(*rows)), alphabet, names)

    def save(self, path):
        "Write the atlas into one .npz file"
        np.savez_compressed(path, fields=self.fields, half=self.half, cap=self.cap, alphabet=self.alphabet,
                            names=np.array(self.names))

    @classmethod
    def load(cls, path):
        "The atlas in the file `path`"
        with np.load(path) as o:
            return cls(o['fields'], o['half'], o['cap'], str(o['alphabet']), tuple(map(str, o['names'])))


def _measure_font(file, alphabet):
    "Fields, half widths, and height of capitals of one font, or None if it will not do"
    try:
        boxes = [ImageFont.truetype(str(file), 200).getbbox(o, anchor='ls') for o in alphabet + 'H']
    except (OSError, ValueError): return None
    cap = -boxes[-1][1]
    left,top,right,bottom = (np.array([b[i] for b in boxes[:-1]], float) for i in range(4))
    if cap <= 0 or min(right-left) <= 0 or min(bottom-top) <= 0: return None
    # in cell pixels for each pixel of size 200; swashes that would not fit make it smaller
    room = CELL/2 - 3
    zoom = min(30/cap, 2*room/max(right-left), room/max(-cap/2-top.min(), 1), room/max(bottom.max()+cap/2, 1))
    if zoom*cap < 16: return None
    font = ImageFont.truetype(str(file), 200*zoom*FINE)
    cap_fine = cap*zoom*FINE
    fields = []
    for char,l,r in zip(alphabet, left, right):
        img = Image.new('L', (CELL*FINE,)*2)
        at = CELL*FINE/2 - (l+r)/2*zoom*FINE, CAP_MIDDLE*FINE + cap_fine/2
        ImageDraw.Draw(img).text(at, char, 255, font, 'ls')
        fields.append(_distances(np.asarray(img) > 127))
    return np.stack(fields), ((right-left)/2*zoom).astype(np.float32), np.float32(cap*zoom)


def _distances(ink):
    "How deep in `ink` each cell pixel lies, as the uint8 of an atlas; outside it is negative"
    from scipy.ndimage import distance_transform_edt
    if not ink.any(): return np.zeros((CELL,CELL), np.uint8)
    d = (distance_transform_edt(ink) - distance_transform_edt(~ink))/FINE
    d = d.clip(-REACH, REACH).reshape(CELL, FINE, CELL, FINE).mean((1,3))
    return (128 + 16*d).round().clip(0, 255).astype(np.uint8)


# heights from 24 to 120 pixels, and widths from twice to four times as much
SOURCE_SIZES = [(int(h*a), h) for h in (24, 28, 32, 36, 40, 48, 60, 60, 72, 90, 120)
                for a in (2, 2.4, 2.7, 3, 3.4, 4) if h*a <= 330]

KINDS_OF_TEXT = {   # how often a text is of these characters
    string.digits:.25, string.ascii_uppercase:.12, string.ascii_lowercase:.12,
    string.digits+string.ascii_uppercase:.18, string.digits+string.ascii_lowercase:.13, ALPHABET:.2}

LENGTHS = {1:.02, 2:.04, 3:.11, 4:.25, 5:.22, 6:.2, 7:.09, 8:.07}

INKS = 8   # of the colours that a text may have


class StyleRenderer:
    "Draws images of random texts, each in a style of its own: fonts, colours, shapes, strokes across the text, defects"
    def __init__(self,
        atlas, # `GlyphAtlas`
        size=(160,60), # Width and height of the images
        alphabet:str=ALPHABET, # Class `i` is `alphabet[i]`; the atlas must have them all
        lengths=None, # {length: weight}; None: `LENGTHS`
        kinds=None, # {characters: weight}; None: `KINDS_OF_TEXT`
        device='cpu',
        groups:int=4, # Source sizes in a batch
        sizes=SOURCE_SIZES # (width, height) that images are drawn in, before they are resized to `size`
    ):
        self.size,self.alphabet,self.device = tuple(size), alphabet, torch.device(device)
        self.groups,self.sizes = groups, list(sizes)
        at = [atlas.alphabet.index(o) for o in alphabet]
        self.fields = torch.from_numpy(np.ascontiguousarray(atlas.fields[:,at])).to(self.device)
        self.half_w = torch.from_numpy(np.ascontiguousarray(atlas.half[:,at])).to(self.device)
        self.cap = torch.from_numpy(atlas.cap).to(self.device)
        self.n,self.lengths = len(alphabet), lengths or LENGTHS
        self.max_len = max(self.lengths)
        kinds = {''.join(c for c in k if c in alphabet):p for k,p in (kinds or KINDS_OF_TEXT).items()}
        kinds = {k:p for k,p in kinds.items() if k} or {alphabet:1}
        most = max(map(len, kinds))
        self.kind_p = list(kinds.values())
        self.kind_n = torch.tensor([len(k) for k in kinds], device=self.device)
        rows = [[alphabet.index(c) for c in k] + [0]*(most-len(k)) for k in kinds]
        self.kind_chars = torch.tensor(rows, device=self.device)

    @torch.no_grad()
    def __call__(self,
        n:int, # Images
        seed=0, # Number or string
        index:int=0 # Of the batch
    ) -> tuple: # Images, uint8 `(n, 3, h, w)`, and labels, int64 `(n, max_len)`, padded with class `len(alphabet)`
        "Batch `index` of `seed`: on the same device, the same whenever it is drawn"
        chance = Chance(self.device, seed, index)
        groups = max(1, min(self.groups, n//8))
        sizes = [n//groups + (i < n%groups) for i in range(groups)]
        done = [self._draw(chance, o, *chance.host.choice(self.sizes)) for o in sizes]
        return torch.cat([o[0] for o in done]), torch.cat([o[1] for o in done])

    def _draw(self, chance, n, w, h):
        "Images drawn as `w` x `h` pixels, resized to `size`, and their labels"
        labels,count = self._texts(chance, n, w)
        scene = Scene(chance, n, w, h)
        behind = chance.some(n, .35)
        scene.img[behind] = disturb(scene, behind, chance)
        write(scene, chance, self, labels, count)
        for share in .65, .25:
            across = chance.some(n, share)
            scene.img[across] = disturb(scene, across, chance)
        img = spoil(scene.img.clamp(0, 1), chance)
        if (w,h) != self.size: img = F.interpolate(img, self.size[::-1], mode='bicubic', antialias=True)
        return round_bytes(img*255).byte(), labels

    def _texts(self, chance, n, w):
        "Labels `(n, max_len)`, and how many characters each has: no more than `w` pixels can show"
        count = chance.choice(list(self.lengths), list(self.lengths.values()), n).long().clamp(max=max(1, w//9))
        kind = chance.choice(range(len(self.kind_p)), self.kind_p, n).long()
        at = chance.below(self.kind_n[kind][:,None], n, self.max_len)
        labels = self.kind_chars[kind[:,None],at]
        return labels.where(torch.arange(self.max_len, device=self.device) < count[:,None], self.n), count


class Scene:
    "A batch of images in the making: `img` `(n, 3, h, w)` from 0 to 1, its papers, its inks, and where each pixel is"
    def __init__(self, chance, n, w, h):
        self.n,self.w,self.h = n, w, h
        down,across = (torch.arange(o, device=chance.device, dtype=torch.float) for o in (h,w))
        self.y,self.x = torch.meshgrid(down, across, indexing='ij')
        self.img,self.papers = paper(chance, n, w, h)
        self.inks = pick_inks(chance, self.papers, INKS)   # (n, INKS, 3)
        one = chance.happens(.6, n, 1, 1)
        self.inks = torch.where(one > 0, self.inks[:,:1], self.inks)
        self.bend = bends(chance, n, w, h)                 # (n, 2, h, w)
        # what stroke widths and the like are measured in: a 60th of the height, but no less than half a pixel
        self.unit = max(h/60, .5)


def paper(chance, n, w, h):
    "Backgrounds `(n, 3, h, w)`, and the two colours `(n, 2, 3)` that each mixes"
    lo = chance.choice([1, .8, .6, 0, 0], [22, 38, 18, 18, 4], n, 1, 1)
    hi = torch.where(lo > 0, 1., chance.choice([.3, 1], [18, 4], n, 1, 1))
    papers = chance.uniform(lo, hi, n, 2, 3)
    papers[:,1] = torch.where(chance.happens(.7, n, 1) > 0, papers[:,0] + .35*(papers[:,1]-papers[:,0]), papers[:,1])
    grey = chance.some(n, .2)
    papers[grey] = papers[grey].mean(2, keepdim=True).expand(-1, -1, 3)
    mix = torch.zeros(n, 1, h, w, device=chance.device)
    for share,gw,gh in (.12,2,1), (.12,2,2), (.1,8,3), (.06,w//2,h//2), (.04,w,h):
        some = chance.some(n, share)
        grid = chance.uniform(0, 1, len(some), 1, gh, gw)
        mix[some] = F.interpolate(grid, (h,w), mode='bicubic').clamp(0, 1)
    a,b = papers[:,0,:,None,None], papers[:,1,:,None,None]
    return paint(a, b, mix), papers


def pick_inks(chance, papers, k, tries=12):
    "Colours `(n, k, 3)` that stand out against both `papers`"
    n = len(papers)
    gap = chance.uniform(.18, .45, n, 1, 1)
    found = chance.uniform(0, 1, n, k, tries, 3)
    strength = chance.choice([0, .6, .9], [60, 25, 15], n, 1, 1, 1)   # some are nearly black, or white on dark paper
    light = luminance(papers, 2).mean(1)[:,None,None,None]
    found = found + ((light < .5).float() - found)*strength
    apart = (luminance(found, 3)[...,None] - luminance(papers, 2)[:,None,None]).abs().amin(-1)   # (n, k, tries)
    good = (apart > gap).float()
    best = torch.where(good.amax(2) > 0, good.argmax(2), apart.argmax(2))
    return found.gather(2, best[:,:,None,None].expand(n, k, 1, 3))[:,:,0]


def bends(chance, n, w, h):
    "How far, in pixels, each place of each image looks aside, `(n, 2, h, w)`: by waves, or smoothly, or mostly not"
    x,y = torch.linspace(0, 1, w, device=chance.device), torch.linspace(0, 1, h, device=chance.device)
    res = torch.zeros(n, 2, h, w, device=chance.device)
    some = chance.some(n, .28)
    k = len(some)
    def wave(t, size, turns):
        return size*torch.sin(chance.uniform(*turns, k, 1)*t + chance.uniform(0, 6.3, k, 1))
    up = wave(x, chance.uniform(.01, .11, k, 1)*h, (4, 26))
    side = wave(y, chance.uniform(0, .09, k, 1)*h, (2, 14))
    res[some,0] += side[:,:,None]
    res[some,1] += up[:,None]
    some = chance.some(n, .22)
    grid = chance.uniform(-1, 1, len(some), 2, 4, 6)*chance.uniform(.03, .16, len(some), 1, 1, 1)*h
    res[some] += F.interpolate(grid, (h,w), mode='bicubic', align_corners=True)
    return res


# ---------------------------------------------------------------------------------------------------------------------
# The text

def write(scene, chance, drawer, labels, count):
    "Draw the texts `labels` on `scene.img`"
    n,most = labels.shape
    w,h,dev = scene.w, scene.h, chance.device
    there = labels < drawer.n
    chars = labels.clamp(max=drawer.n-1)
    place = lay_out(scene, chance, drawer, chars, there, count)
    look = Look(scene, chance, place['cap'])

    # each place looks aside to where its part of a straight text would be
    x,y = scene.x + scene.bend[:,0], scene.y + scene.bend[:,1]
    tilt = (chance.happens(.25, n)*chance.uniform(-.16, .16, n))[:,None,None]
    y = y + tilt*(x-w/2)
    texture = look.texture(scene, chance)
    ink_of = look.inks(scene, chance, most)
    fade = look.gradient(scene, chance)
    for i in range(most):
        deep = character(drawer, place, i, chars[:,i], x, y)
        deep = torch.where(there[:,i,None,None], deep, -99.)
        mask,under = look.masks(deep)
        colour = ink_of[:,i,:,None,None] + fade
        scene.img = paint(scene.img, look.under_colour, under[:,None])
        scene.img = paint(scene.img, colour, (mask*texture)[:,None])


def lay_out(scene, chance, drawer, chars, there, count):
    """Where each character stands, how large and how it is turned: a dict of `(n, most)` tensors.

    But `cap` is `(n,)`, the height of capitals, and `view` `(n, most, 2)`."""
    (n,most),w,h = chars.shape, scene.w, scene.h
    font = chance.below(len(drawer.cap), n, 3)
    mixed = chance.happens(.2, n, 1).long()
    font = font.gather(1, chance.below(3, n, most)*mixed)
    cap = chance.uniform(.26, .8, n).clamp(min=7/h)*h
    size = cap[:,None]*torch.where(chance.happens(.25, n, 1) > 0, chance.uniform(.75, 1.2, n, most), 1.)
    zoom_y = size/drawer.cap[font]
    zoom_x = zoom_y*chance.uniform(.8, 1.25, n, 1)
    wide = 2*drawer.half_w[font,chars]*zoom_x*there

    # gaps: tight or loose, or what spreads the text over the image
    gap = chance.choice([-.08, 0, .08, .2, .35], [12, 25, 30, 22, 11], n, 1)*cap[:,None]
    free = (w*chance.uniform(.7, .95, n, 1) - wide.sum(1, keepdim=True))/(count[:,None]-1).clamp(min=1)
    spread = chance.happens(.35, n, 1)
    gap = torch.where(spread > 0, torch.minimum(free.clamp(min=0), 1.6*cap[:,None]), gap)
    gap = gap + chance.choice([0, .12], [60, 40], n, 1)*cap[:,None]*chance.uniform(-1, 1, n, most)
    step = (wide+gap)*there
    total = step.sum(1, keepdim=True) - gap.gather(1, count[:,None]-1)
    f = ((w-4)/total.clamp(min=1)).clamp(max=1)
    zoom_x,step,wide,total = zoom_x*f, step*f, wide*f, total*f
    lower = f**chance.uniform(.3, 1, n, 1)   # what is squeezed is lowered, too
    zoom_y,cap = zoom_y*lower, cap*lower[:,0]

    middle = torch.where(chance.happens(.45, n, 1) > 0, .5, chance.uniform(0, 1, n, 1))
    left = 2 + (w-4-total).clamp(min=0)*middle
    x = left + step.cumsum(1) - step + wide/2
    room = (h/2 - .5*cap)[:,None].clamp(min=0)
    y = h/2 + chance.uniform(-.75, .75, n, 1)*room*chance.happens(.6, n, 1)
    bump = chance.choice([0, .15, .4], [45, 35, 20], n, 1)*room
    order = torch.arange(most, device=chance.device)
    swing = torch.sin(chance.uniform(0, 6.3, n, 1) + order*chance.uniform(.3, 2.5, n, 1))
    y = y + bump*(.5*swing + .5*chance.uniform(-1, 1, n, most))
    turn = chance.choice([0, 8, 20, 40], [38, 22, 25, 15], n, 1)*chance.uniform(-1, 1, n, most)
    slant = chance.choice([0, 1], [65, 35], n, 1)*chance.uniform(-.4, .4, n, 1)
    slant = slant + chance.happens(.15, n, 1)*chance.uniform(-.3, .3, n, most)
    view = chance.happens(.2, n, 1, 1)*chance.uniform(-.22, .22, n, most, 2)   # perspective
    return dict(font=font, x=x, y=y, zoom_x=zoom_x, zoom_y=zoom_y, turn=turn.deg2rad(), slant=slant, view=view, cap=cap)


def character(drawer, place, i, char, x, y):
    "How deep in character `i` of each text the places `x`, `y` `(n, h, w)` lie, in pixels, `(n, h, w)`"
    def of(k): return place[k][:,i,None,None]
    cos,sin = of('turn').cos(), of('turn').sin()
    dx,dy = x-of('x'), y-of('y')
    dx,dy = cos*dx + sin*dy, cos*dy - sin*dx
    dx = dx + of('slant')*dy
    dx,dy = dx/of('zoom_x'), dy/of('zoom_y')
    view = place['view'][:,i,:,None,None]/CELL
    far = (1 + view[:,0]*dx + view[:,1]*dy).clamp(min=.3)
    fields = drawer.fields[place['font'][:,i],char][:,None].float()
    deep = sample(fields, dx/far + (CELL/2-.5), dy/far + (CAP_MIDDLE-.5))[:,0]
    return (deep-128)/16*(of('zoom_x')*of('zoom_y')).sqrt()


class Look:
    "How the letters of each image are filled: `(n,)` choices, made once"
    def __init__(self, scene, chance, cap):
        n = scene.n
        self.cap = cap
        style = chance.choice([0,1,2,3,4,5,6], [62, 9, 8, 6, 5, 5, 5], n)
        style = torch.where((cap < 15) | ((cap < 20) & (style >= 3) & (style < 6)), 0., style)
        def of(i): return (style == i).float()[:,None,None]
        self.hollow,self.outlined,self.dotted,self.hatched,self.broken,self.halo = (of(i) for i in range(1, 7))
        c = cap[:,None,None]
        # bolder or thinner, in pixels; thin strokes would vanish where letters are small
        bolder = torch.where(c > 18, chance.uniform(-.02, .05, n, 1, 1), chance.uniform(0, .05, n, 1, 1))
        self.bolder = bolder*c*chance.happens(.6, n, 1, 1)
        self.line = (chance.uniform(.03, .07, n, 1, 1)*c).clamp(min=.55)
        self.solid = torch.where(chance.happens(.15, n, 1, 1) > 0, chance.uniform(.55, 1, n, 1, 1), 1.)
        other = scene.inks[:,-1]
        pale = scene.papers[:,0] + (1-2*scene.papers[:,0].round())*chance.uniform(0, .35, n, 1)
        self.under_colour = torch.where(self.halo[:,0] > 0, pale, other)[:,:,None,None]
        self.aa = chance.choice([1, 3], [85, 15], n, 1, 1)   # how hard edges are

    def masks(self, deep):
        "Where the ink lies, and what lies under it, each `(n, h, w)`, from how deep in a letter each place lies"
        deep = deep + self.bolder
        fill = (.5 + deep*self.aa).clamp(0, 1)
        edge = (.5 + self.line - deep.abs()).clamp(0, 1)
        around = (.5 + deep + 1.6*self.line).clamp(0, 1)
        mask = torch.where(self.hollow > 0, edge, fill)
        return mask*self.solid, around*(self.outlined + self.halo).clamp(max=1)

    def inks(self, scene, chance, most):
        "Colours of the characters, `(n, most, 3)`"
        at = chance.below(INKS-1, scene.n, most, 1).expand(-1, -1, 3)
        return scene.inks.gather(1, at)

    def gradient(self, scene, chance):
        "What is added to the ink of each place, `(n, 3, h, w)`: mostly nothing"
        n = scene.n
        to = (scene.inks[:,-2]-scene.inks[:,0])*chance.happens(.3, n, 1)
        to = to + chance.happens(.08, n, 1)*chance.uniform(-.2, .2, n, 3)
        angle = chance.uniform(0, 6.3, n, 1, 1)
        t = angle.cos()*(scene.x/scene.w-.5) + angle.sin()*(scene.y/scene.h-.5)
        return to[:,:,None,None]*t[:,None]

    def texture(self, scene, chance):
        "What is left of the ink at each place, `(n, h, w)`: dots, hatching, or breaks"
        n,(x,y) = scene.n, (scene.x,scene.y)
        angle = chance.uniform(0, 3.1, n, 1, 1)
        u,v = angle.cos()*x + angle.sin()*y, angle.cos()*y - angle.sin()*x
        pitch = (chance.uniform(.07, .13, n, 1, 1)*self.cap[:,None,None]).clamp(min=2.2)
        def off_centre(t): return ((t/pitch) % 1 - .5)*pitch
        dots = (.5 + .42*pitch - (off_centre(u)**2 + off_centre(v)**2).sqrt()).clamp(0, 1)
        lines = (.5 + .3*pitch - off_centre(u).abs()).clamp(0, 1)
        noise = chance.uniform(-1, 1, n, 1, max(2, scene.h//4), max(2, scene.w//4))
        noise = F.interpolate(noise, (scene.h,scene.w), mode='bicubic')[:,0]
        breaks = (.5 + 3*(noise + chance.uniform(.1, .5, n, 1, 1))).clamp(0, 1)
        cut = self.dotted*(1-dots) + self.hatched*(1-lines) + self.broken*(1-breaks)
        return 1-cut


# ---------------------------------------------------------------------------------------------------------------------
# Strokes across the text: each kind takes the places `x`, `y` `(n, 1, h, w)` of images of `w` x `h` pixels, and gives
# their distance in pixels from up to `k` strokes, `(n, k, h, w)`, and how many strokes each image has, `(n,)`

def _segments(x, y, x1, y1, x2, y2):
    "Distance of the places `x`, `y` `(n, 1, h, w)` from the lines between two ends `(n, k, 1, 1)`"
    dx,dy = x2-x1, y2-y1
    t = (((x-x1)*dx + (y-y1)*dy)/(dx*dx + dy*dy).clamp(min=1e-3)).clamp(0, 1)
    return ((x-x1-t*dx)**2 + (y-y1-t*dy)**2).sqrt()


def dashes(chance, n, x, y, w, h, k=20):
    x1,y1 = chance.uniform(0, w, n, k, 1, 1), chance.uniform(0, h, n, k, 1, 1)
    dx,dy = chance.uniform(-.16, .16, n, k, 1, 1)*w, chance.uniform(-.28, .28, n, k, 1, 1)*h
    return _segments(x, y, x1, y1, x1+dx, y1+dy), chance.uniform(3, k, n)


def lines(chance, n, x, y, w, h, k=6):
    x1,y1 = chance.uniform(-.05, .4, n, k, 1, 1)*w, chance.uniform(0, h, n, k, 1, 1)
    x2,y2 = chance.uniform(.6, 1.05, n, k, 1, 1)*w, chance.uniform(0, h, n, k, 1, 1)
    return _segments(x, y, x1, y1, x2, y2), 1 + chance.uniform(0, 1, n)**2*(k-1)


def waves(chance, n, x, y, w, h, k=3):
    def u(lo, hi): return chance.uniform(lo, hi, n, k, 1, 1)
    turns,phase,size = u(1, 16)/w, u(0, 6.3), u(.03, .3)*h
    angle = turns*x + phase
    drop = y - u(.15, .85)*h - size*angle.sin() - u(-.2, .2)*(x-w/2)
    d = drop.abs()/(1 + (size*turns*angle.cos())**2).sqrt()
    begin,end = u(-.1, .3)*w, u(.7, 1.1)*w
    return d + (begin-x).clamp(min=0) + (x-end).clamp(min=0), 1 + chance.uniform(0, 1, n)**2*(k-1)


def arcs(chance, n, x, y, w, h, k=4):
    def u(lo, hi): return chance.uniform(lo, hi, n, k, 1, 1)
    rx,ry = u(.06, .6)*w, u(.1, .6)*h
    dx,dy = (x-u(0, 1)*w)/rx, (y-u(0, 1)*h)/ry
    r = (dx*dx + dy*dy).sqrt().clamp(min=1e-3)
    slope = ((dx/rx)**2 + (dy/ry)**2).sqrt()/r
    d = (r-1).abs()/slope.clamp(min=1e-4)
    past = (torch.atan2(dy, dx) + 3.1416 + u(0, 6.3)) % 6.2832
    return d + (past-u(1, 6.6)).clamp(min=0)*99, chance.uniform(1, k, n)


def grid(chance, n, x, y, w, h, k=2):
    angle = chance.happens(.5, n, 1, 1, 1)*chance.uniform(-.8, .8, n, 1, 1, 1)
    u,v = angle.cos()*x + angle.sin()*y, angle.cos()*y - angle.sin()*x
    pitch = chance.uniform(.12, .45, n, k, 1, 1)*h + 3
    t = torch.cat([u,v], 1)
    return (((t + chance.uniform(0, 99, n, k, 1, 1))/pitch) % 1 - .5).abs()*pitch, chance.uniform(1, 2.99, n)


def specks(chance, n, x, y, w, h, k=1):
    "One speck in a part of the cells of a lattice"
    cell = chance.uniform(.05, .2, n, 1, 1)*h + 3
    size = chance.uniform(.1, .42, n, 1, 1)
    gx,gy = (x[:,0]/cell), (y[:,0]/cell)
    most = int(max(w, h)/3)+2
    table = chance.uniform(0, 1, n, 4, most*most)
    at = (gy.floor().clamp(0, most-1)*most + gx.floor().clamp(0, most-1)).long().flatten(1)
    ox,oy,small,there = (table[:,j].gather(1, at).view(gx.shape) for j in range(4))
    r = size*(.3+.7*small)
    d = ((gx-gx.floor()-r-ox*(1-2*r))**2 + (gy-gy.floor()-r-oy*(1-2*r))**2).sqrt() - r
    gone = (there > chance.uniform(.08, .7, n, 1, 1)).float()*99
    return (d*cell + gone)[:,None], torch.ones(n, device=x.device)


STROKES = {dashes:.17, lines:.23, waves:.22, arcs:.15, grid:.06, specks:.17}


def disturb(scene, which, chance):
    "The images `which` of `scene`, `(len(which), 3, h, w)`, each with strokes of one kind"
    img,total = scene.img[which], sum(STROKES.values())
    counts = {kind:int(share*len(which)/total + chance.host.random()) for kind,share in STROKES.items()}
    counts[lines] = max(0, len(which) - sum(counts.values()) + counts[lines])   # what is left over by rounding
    at = 0
    for kind,k in counts.items():
        part = slice(at, min(at+k, len(which)))
        if part.start < part.stop: img[part] = _stroke(scene, which[part], img[part], kind, chance)
        at = part.stop
    return img


def _stroke(scene, which, img, kind, chance):
    "`img` `(n, 3, h, w)`, the images `which` of `scene`, with strokes of one `kind`"
    n = len(which)
    bent = chance.happens(.4, n, 1, 1)
    x,y = ((o + bent*scene.bend[which,i])[:,None] for i,o in enumerate((scene.x,scene.y)))
    d,count = kind(chance, n, x, y, scene.w, scene.h)
    k = d.shape[1]
    d = torch.where(torch.arange(k, device=d.device) < count[:,None].floor().clamp(min=1), 0., 99.)[:,:,None,None] + d
    # thin, or as thick as the strokes of letters
    thick = chance.choice([.6, 1, 1.6, 2.6, 4.5], [18, 38, 26, 12, 6], n, 1, 1, 1)
    thick = thick*scene.unit*chance.uniform(.8, 1.2, n, k, 1, 1)
    if kind is specks: thick = torch.zeros_like(thick)
    mask,nearest = (.5 + thick/2 - d).clamp(0, 1).max(1)
    # ink of the text, any colour, or that of the paper, which cuts letters
    inks,papers = scene.inks[which], scene.papers[which]
    own = inks[:,:1].expand(-1, k, -1)
    like_text = chance.happens(.5, n, k, 1) > 0
    some = inks.gather(1, chance.below(INKS, n, k, 1).expand(-1, -1, 3))
    some = torch.where(like_text, some, chance.uniform(0, 1, n, k, 3))
    cut = papers[:,:1].expand(-1, k, -1)
    pick = chance.choice([0, 1, 2], [42, 46, 12], n, 1, 1)
    colours = torch.where(pick == 0, own, torch.where(pick == 1, some, cut))
    colour = colours.gather(1, nearest.flatten(1)[...,None].expand(-1, -1, 3)).transpose(1,2).view(img.shape)
    faint = torch.where(chance.happens(.25, n, 1, 1) > 0, chance.uniform(.3, 1, n, 1, 1), 1.)
    return paint(img, colour, (mask*faint)[:,None])


# ---------------------------------------------------------------------------------------------------------------------
# What happens to an image after it was drawn

def frame(img, chance):
    "A border along all sides, or some of them"
    n,_,h,w = img.shape
    thick = chance.choice([1, 2, 3], [60, 25, 15], n, 1, 1)
    inset = chance.choice([0, 1, 2], [75, 15, 10], n, 1, 1)
    x,y = torch.arange(w, device=img.device)[None,None], torch.arange(h, device=img.device)[None,:,None]
    every = chance.happens(.75, n, 1, 1)
    mask = torch.zeros(n, h, w, device=img.device)
    for side in x, w-1-x, y, h-1-y:
        drawn = torch.maximum(every, chance.happens(.5, n, 1, 1))
        mask = torch.maximum(mask, drawn*((side >= inset) & (side < inset+thick)))
    grey_ = chance.choice([0, .5, 1], [70, 20, 10], n, 1, 1, 1).expand(n, 3, 1, 1)
    colour = torch.where(chance.happens(.4, n, 1, 1, 1) > 0, chance.uniform(0, 1, n, 3, 1, 1), grey_)
    return paint(img, colour, mask[:,None])

def blur(img, chance):
    sigma = chance.uniform(.25, 1, len(img), 1, 1, 1)
    for dim in 2,3:
        parts = [(torch.exp(-.5*(i/sigma)**2), img.roll(i, dim)) for i in range(-2, 3)]
        img = sum(a*b for a,b in parts)/sum(a for a,_ in parts)
    return img

def shrink(img, chance):
    "Draw it again from fewer pixels"
    h,w = img.shape[-2:]
    f = chance.host.uniform(max(.45, 16/h), .9)
    down,up = chance.host.choice(['nearest','bilinear','area']), chance.host.choice(['bilinear','bicubic','nearest'])
    small = F.interpolate(img, (int(f*h),int(f*w)), mode=down)
    return F.interpolate(small, (h,w), mode=up)


def grain(img, chance):
    size = chance.uniform(.02, .13, len(img), 1, 1, 1)
    return img + size*torch.randn(img.shape, generator=chance.gen, device=img.device)

def salt(img, chance):
    "Single pixels of black, white or any colour"
    n,_,h,w = img.shape
    hit = chance.happens(chance.uniform(.01, .09, n, 1, 1, 1), n, 1, h, w)
    black = chance.happens(.5, n, 1, 1, 1)
    colour = torch.where(black > 0, chance.happens(.5, n, 1, h, w), chance.uniform(0, 1, n, 3, h, w))
    return paint(img, colour, hit)

def posterise(img, chance):
    "A few steps from the darkest to the lightest"
    steps = chance.choice([1, 2, 3, 5], [15, 25, 30, 30], len(img), 1, 1, 1)
    lo,hi = img.amin((1,2,3), keepdim=True), img.amax((1,2,3), keepdim=True)
    return lo + (hi-lo)*((img-lo)/(hi-lo).clamp(min=1e-3)*steps).round()/steps

def palette(img, chance, k=10):
    "Only colours of `k` of its own pixels"
    n,_,h,w = img.shape
    flat = img.flatten(2)                                                             # (n, 3, h*w)
    own = flat.gather(2, chance.below(h*w, n, 1, k).expand(-1, 3, -1))                # (n, 3, k)
    far = torch.stack([(flat-own[:,:,i,None]).square().sum(1) for i in range(k)], 1)
    return own.gather(2, far.argmin(1)[:,None].expand(-1, 3, -1)).view(img.shape)

def grey(img, chance): return luminance(img, 1)[:,None].expand(-1, 3, -1, -1)

def lighting(img, chance):
    "Another contrast and brightness"
    n = len(img)
    return (img-.5)*chance.uniform(.6, 1.15, n, 1, 1, 1) + .5 + chance.uniform(-.12, .12, n, 1, 1, 1)

def invert(img, chance): return 1-img

@lru_cache(None)
def _cosines(device):
    "The matrix of the 8-point cosine transform"
    i = torch.arange(8, dtype=torch.float)
    m = .5*torch.cos((2*i+1)*i[:,None]*math.pi/16)
    m[0] /= math.sqrt(2)
    return m.to(device)

def jpeg(img, chance):
    "The losses of a JPEG: cosines of blocks of 8 x 8 pixels, colours coarser than light"
    n,_,h,w = img.shape
    ph,pw = -h%8, -w%8
    grey_ = luminance(img, 1)[:,None]
    ycc = torch.cat([grey_, (img[:,2:]-grey_)*.564, (img[:,:1]-grey_)*.713], 1)
    ycc = F.pad(ycc, (0,pw,0,ph), mode='replicate')*255
    blocks = ycc.view(n, 3, (h+ph)//8, 8, (w+pw)//8, 8).transpose(3,4)               # (n, 3, rows, columns, 8, 8)
    m = _cosines(img.device)
    i = torch.arange(8, device=img.device, dtype=torch.float)
    fine = (8 + 5*(i+i[:,None]))*constant((1.,1.6,1.6), img.device).view(3, 1, 1, 1, 1)
    q = (fine*chance.uniform(.15, 1.8, n, 1, 1, 1, 1, 1)).clamp(min=1)
    blocks = m.T @ (((m @ blocks @ m.T)/q).round()*q) @ m
    y,cb,cr = (blocks.transpose(3,4).reshape(n, 3, h+ph, w+pw)[:,:,:h,:w]/255).unbind(1)
    r,b = y + cr/.713, y + cb/.564
    return torch.stack([r, (y-.299*r-.114*b)/.587, b], 1)


DEFECTS = {   # and the share of the images that each befalls
    frame:.15, shrink:.24, blur:.22, grain:.08, salt:.06, lighting:.2, palette:.07, posterise:.05, grey:.12,
    invert:.05, jpeg:.25}


def spoil(img, chance):
    "`img` `(n, 3, h, w)` with some of the defects, each on a share of the images"
    for defect,share in DEFECTS.items():
        some = chance.some(len(img), share)
        if len(some): img[some] = defect(img[some], chance).clamp(0, 1)
    return img
