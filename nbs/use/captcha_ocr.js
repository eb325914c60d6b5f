// Reads images with an ONNX file of captcha_ocr, in a browser or in node: the pixels, texts and confidences of Python
import { checkFile, readHeader } from './onnx_header.js'
export const range = n => [...Array(n).keys()]
const sum = xs => xs.reduce((a, b) => a + b, 0)
export const argmax = xs => xs.reduce((best, x, i) => x > xs[best] ? i : best, 0)

export function logSum(...xs) {  // the logarithm of the sum of exponentials
  const top = Math.max(...xs)
  let total = 0
  for (const x of xs) total += Math.exp(x - top)
  return top === -Infinity ? top : top + Math.log(total)
}

function flatten({ data, width, height }, ground) {  // red, green and blue, laid on `ground` where they are transparent
  const divide = x => ((x >> 8) + x) >> 15   // by 128*255, as Pillow rounds
  const over = (v, alpha) => divide((v*alpha + ground*(255 - alpha) + 128)*128)
  return range(3).map(c => new Uint8Array(width*height).map((_, i) => over(data[4*i + c], data[4*i + 3])))
}

function toPlanes(image, mode) {  // the bytes of each channel, on white, or on black if only that shows something
  const least = o => o.reduce((a, b) => Math.min(a, b)), most = o => o.reduce((a, b) => Math.max(a, b))
  const shows = rgb => rgb.some(o => most(o) - least(o) >= 8)
  const white = flatten(image, 255), black = flatten(image, 0)
  const rgb = !shows(white) && shows(black) ? black : white, [r, g, b] = rgb
  return mode === 'RGB' ? rgb : [r.map((_, i) => (r[i]*19595 + g[i]*38470 + b[i]*7471 + 32768) >> 16)]
}

const cubic = x => x < 1 ? (1.5*x - 2.5)*x*x + 1 : x < 2 ? (((x - 5)*x + 8)*x - 4)*-.5 : 0

function resizeRows(plane, from, to) {  // Pillow's BICUBIC from rows of `from` pixels to rows of `to`, then transposed
  const rows = plane.length/from, res = new Uint8Array(to*rows), scale = from/to, wide = Math.max(scale, 1)
  for (let x = 0; x < to; x++) {
    const center = (x + .5)*scale, first = Math.max(0, Math.trunc(center - 2*wide + .5))
    const end = Math.min(from, Math.trunc(center + 2*wide + .5))
    const w = range(end - first).map(i => cubic(Math.abs(first + i - center + .5)/wide)), total = sum(w)
    const fixed = w.map(o => Math.trunc(o/total*2**22 + Math.sign(o)/2))   // 22 bits behind the point
    for (let y = 0; y < rows; y++) {
      const value = fixed.reduce((a, o, i) => a + o*plane[y*from + first + i], 2**21) >> 22
      res[x*rows + y] = Math.min(255, Math.max(0, value))
    }
  }
  return res
}

const roundEven = x => Math.floor(x) + (x % 1 > .5 || x % 1 === .5 && Math.floor(x) % 2 ? 1 : 0)   // as Python rounds

function padRows(plane, from, to) {  // rows of `from` pixels, filled up with their median, which is the paper
  const n = plane.length, h = n/from, sorted = Uint8Array.from(plane).sort()
  const paper = Math.trunc((sorted[(n - 1) >> 1] + sorted[n >> 1])/2)
  return Uint8Array.from({ length: h*to }, (_, i) => i % to < from ? plane[Math.floor(i/to)*from + i % to] : paper)
}

function cropBox(crop, width, height) {  // the pixels of the part that is read, from where to where
  const [left, top, right, bottom] = crop ?? [0, 0, 1, 1], start = (low, n) => Math.min(Math.floor(low*n + .5), n - 1)
  const end = (high, n, first) => Math.max(Math.floor(high*n + .5), first + 1)
  const x = start(left, width), y = start(top, height)
  return { x, y, wide: end(right, width, x) - x, high: end(bottom, height, y) - y }
}

const cropPlane = (plane, width, { x, y, wide, high }) =>
  Uint8Array.from({ length: wide*high }, (_, i) => plane[(y + Math.floor(i/wide))*width + x + i % wide])

export function toArray(image, { spec, mean, std }) {  // {data: RGBA, width, height} → (channels, height, width)
  const { width, height } = image, [w, h] = spec.size, f = Math.fround
  if (Math.min(width, height) < 8 || Math.max(width, height) > 4096 || width*height > 2**22)
    throw Error(`Expected 8 to 4096 pixels a side, 4.2 million in all, got ${width}x${height}: crop it to the CAPTCHA`)
  const box = cropBox(spec.crop, width, height), { wide, high } = box
  const own = spec.pad ? Math.min(Math.max(roundEven(wide*h/high), 1), w) : w
  const fit = plane => padRows(resizeRows(resizeRows(cropPlane(plane, width, box), wide, own), high, h), own, w)
  const normal = (o, c) => Array.from(o, v => f(f(v/255) - f(mean[c]))/f(std[c]))
  return Float32Array.from(toPlanes(image, spec.mode).flatMap((o, c) => normal(fit(o), c)))
}

function ctcGreedy(lp) {  // the best class of each column, equal neighbours merged, class n dropped
  return lp.map(argmax).filter((c, t, path) => c < lp[0].length - 1 && c !== path[t - 1])
}

export function ctcLogProb(lp, text) {  // over all paths that spell the text (Graves et al. 2006)
  const n = lp[0].length - 1, states = [n, ...text.flatMap(c => [c, n])], before = (a, i) => a[i] ?? -Infinity
  const skips = states.map((c, i) => c !== n && c !== states[i - 2])   // a blank between unequal characters
  const from = (a, i) => logSum(a[i], before(a, i - 1), skips[i] ? before(a, i - 2) : -Infinity)
  const step = (a, p) => a.map((_, i) => p[states[i]] + from(a, i))
  return logSum(...lp.reduce(step, states.map((_, i) => i ? -Infinity : 0)).slice(-2))
}

function ctcChars(lp, text) {  // how likely each character is, against every other one in its place
  const others = i => range(lp[0].length - 1).map(c => ctcLogProb(lp, text.with(i, c)))
  return text.map((c, i) => { const o = others(i); return Math.exp(o[c] - logSum(...o)) })
}

function slotsBest(lp, lo, hi) {  // of a multi-head: each slot's best character, up to the likeliest length
  const n = lp[0].length - 1, best = lp.map(p => argmax(p.slice(0, n)))
  const score = size => sum(lp.map((p, i) => p[i < size ? best[i] : n]))
  return best.slice(0, lo + argmax(range(hi - lo + 1).map(i => score(lo + i))))
}

export async function loadReader(ort, file, search) {  // onnxruntime; bytes; `ctcWithin` of lengths.js, or nothing
  const header = readHeader(file), { kind, spec, temperature = 1 } = header, [lo, hi = lo] = [spec.length].flat()
  await checkFile(file, header)
  const session = await ort.InferenceSession.create(file), shape = [1, spec.mode.length, spec.size[1], spec.size[0]]
  async function logProbs(image) {  // a row for each column or slot
    const { logits } = await session.run({ images: new ort.Tensor('float32', toArray(image, header), shape) })
    const [, T, classes] = logits.dims, at = t => logits.data.slice(t*classes, (t + 1)*classes)
    const rows = range(T).map(t => Array.from(at(t), o => o/temperature)), totals = rows.map(o => logSum(...o))
    return rows.map((row, t) => row.map(o => o - totals[t]))
  }
  async function read(image, minConfidence = 0) {
    const lp = await logProbs(image), isCtc = kind === 'crnn', possible = o => lo <= o.length && o.length <= hi
    let found = isCtc ? ctcGreedy(lp) : slotsBest(lp, lo, hi)
    if (!possible(found)) found = search?.(lp, lo, hi) ?? found
    const slots = lp.map((p, i) => Math.exp(p[found[i] ?? p.length - 1]))
    const p = isCtc ? Math.exp(ctcLogProb(lp, found)) : slots.reduce((a, b) => a*b, 1)
    const confidence = possible(found) ? Math.min(1, p) : 0
    const chars = isCtc ? ctcChars(lp, found) : slots.slice(0, found.length)
    const guess = found.map(c => [...spec.alphabet][c]).join('')
    return { text: confidence >= minConfidence ? guess : null, confidence, chars, guess }
  }
  return { header, read }
}
