// Draws six digits on a canvas, in the manner of the captcha package: its font, rotations, warps, dots and an arc

let font = null

async function loadFont() {  // Droid Sans Mono, which lies beside this file on the site; elsewhere any monospace font
  if (font) return font
  try {
    const url = new URL('DroidSansMono.ttf', import.meta.url)
    document.fonts.add(await new FontFace('Droid Sans Mono', `url(${url})`).load())
    return font = '"Droid Sans Mono", monospace'
  } catch { return font = 'monospace' }
}

export async function drawDigits(canvas, random = Math.random) {  // the text that `canvas` then shows
  const family = await loadFont(), between = (a, b) => a + random()*(b - a), whole = (a, b) => Math.floor(between(a, b))
  const text = Array.from({ length: 6 }, () => whole(0, 10)).join('')
  const color = (a, b) => [0, 0, 0].map(() => whole(a, b))
  const context = Object.assign(canvas, { width: 200, height: 50 }).getContext('2d', { willReadFrequently: true })
  const paper = color(238, 256), ink = color(10, 201)
  context.fillStyle = `rgb(${paper})`
  context.fillRect(0, 0, 200, 50)
  context.fillStyle = context.strokeStyle = `rgb(${ink})`
  drawText(context, text, family, ink, between)
  drawNoise(context, between)
  smooth(context)
  return text
}

function drawText(context, text, family, ink, between) {
  const { width, height } = context.canvas, cells = []
  for (const digit of text) {
    const size = () => [28, 32, 36][Math.floor(between(0, 3))]
    if (between(0, 1) > .5) cells.push([' ', size()])
    cells.push([digit, size()])
  }
  const widths = cells.map(([, size]) => Math.ceil(.65*size)), total = widths.reduce((a, b) => a + b)
  let x = .1*total/text.length
  for (const [i, [digit, size]] of cells.entries()) {
    const layer = new OffscreenCanvas(width, height).getContext('2d', { willReadFrequently: true })
    Object.assign(layer, { font: `${size}px ${family}`, fillStyle: `rgb(${ink})`, strokeStyle: `rgb(${ink})` })
    layer.scale(Math.min(1, width/total), 1)   // what is too wide is squeezed
    if (digit !== ' ') drawDigit(layer, digit, x, height/2, widths[i], 1.1*size, between)
    paste(context, layer)
    x += widths[i] - between(0, .25*total/text.length)
  }
}

function drawDigit(layer, digit, x, y, w, h, between) {  // turned, then stretched to w × h, and warped a little
  const o = layer.measureText(digit), left = o.actualBoundingBoxLeft, up = o.actualBoundingBoxAscent
  const wide = left + o.actualBoundingBoxRight, high = up + o.actualBoundingBoxDescent
  const angle = between(-30, 30)*Math.PI/180, cos = Math.cos(angle), sin = Math.abs(Math.sin(angle))
  layer.translate(x + w/2, y)
  layer.transform(1, between(-.03, .03), between(-.1, .1), 1, 0, 0)
  layer.scale(w/(wide*cos + high*sin), h/(wide*sin + high*cos))
  layer.rotate(angle)
  layer.fillText(digit, left - wide/2, up - high/2)
  layer.strokeText(digit, left - wide/2, up - high/2)   // the generator's are bolder
}

function paste(context, layer) {  // the ink, dark at its edges, as opaque as it is bright: what the generator does
  const { width: w, height: h } = context.canvas, to = context.getImageData(0, 0, w, h)
  const { data } = layer.getImageData(0, 0, w, h)
  for (let i = 0; i < data.length; i += 4) {
    const [r, g, b] = [0, 1, 2].map(c => data[i + c]*data[i + 3]/255)
    const alpha = Math.min(1, (.299*r + .587*g + .114*b)*1.97/255), at = to.data.subarray(i, i + 3)
    at.set([r, g, b].map((v, c) => at[c] + (v - at[c])*alpha))
  }
  context.putImageData(to, 0, 0)
}

function drawNoise(context, between) {  // thirty dots, and an arc across
  const { width: w, height: h } = context.canvas, angle = degrees => degrees*Math.PI/180
  context.lineWidth = 3
  for (let i = 0; i < 30; i++) {
    const x = between(0, w), y = between(0, h)
    context.beginPath()
    context.moveTo(x + .5, y + .5)
    context.lineTo(x - 1.5, y - 1.5)
    context.stroke()
  }
  const left = between(0, w/5), right = between(w/5, w), top = between(h/5, .8*h), bottom = between(top, .8*h)
  context.lineWidth = 1
  context.beginPath()
  context.ellipse((left + right)/2, (top + bottom)/2, Math.abs(right - left)/2, (bottom - top)/2, 0,
                  angle(between(0, 20)), angle(between(160, 200)))
  context.stroke()
}

function smooth(context) {  // each pixel with its eight neighbours, as Pillow's SMOOTH
  const { width: w, height: h } = context.canvas, image = context.getImageData(0, 0, w, h), from = image.data.slice()
  for (let y = 1; y < h - 1; y++) for (let x = 1; x < w - 1; x++) for (let c = 0; c < 3; c++) {
    const at = 4*(y*w + x) + c
    let sum = 4*from[at]
    for (const row of [-4*w, 0, 4*w]) for (const column of [-4, 0, 4]) sum += from[at + row + column]
    image.data[at] = sum/13
  }
  context.putImageData(image, 0, 0)
}
