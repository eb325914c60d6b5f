// The box on the page: draws, opens, reads and shows. What reads is in captcha_ocr.js.
import { loadReader } from './captcha_ocr.js'
import { ctcWithin } from './lengths.js'
import { drawDigits } from './draw_digits.js'
import { download, loadRuntime, openImage } from './runtime.js'

export function start(box) {  // make `box` work; its data-reader is the address of an ONNX file
  const [canvas, says] = ['canvas', 'output'].map(o => box.querySelector(o)), percent = p => `${(100*p).toFixed(1)}%`
  let ort = null, reader = null, queue = Promise.resolve()

  async function useReader(file) {
    says.textContent = 'Loading the runtime and the reader …'
    ort ??= await loadRuntime(box.dataset.runtime)
    reader = await loadReader(ort, new Uint8Array(file), ctcWithin)
    const { kind, spec } = reader.header
    says.textContent = `A ${kind} reader, for ${spec.size.join('x')} images of ${spec.length} of ${spec.alphabet}`
  }

  async function readImage(image, truth) {
    Object.assign(canvas, { width: image.width, height: image.height }).getContext('2d').putImageData(image, 0, 0)
    reader ?? await useReader(await download(box.dataset.reader))
    const began = performance.now(), { guess, confidence, chars } = await reader.read(image)
    const took = Math.round(performance.now() - began)
    const drawn = truth && truth !== guess ? `, but ${truth} was drawn` : ''
    const each = [...guess].map((o, i) => `${o} ${percent(chars[i])}`).join(', ')
    says.innerHTML = '<strong></strong><br><span></span><br><small></small>'
    const lines = [guess || '(no text)', `${percent(confidence)} sure${drawn}, in ${took} ms`, each]
    lines.forEach((o, i) => says.children[2*i].textContent = o)
  }

  const actions = {
    draw: async () => {
      const text = await drawDigits(canvas)
      await readImage(canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height), text)
    },
    image: async file => readImage(await openImage(file)),
    reader: async file => useReader(await file.arrayBuffer()),
    sample: async img => readImage(await openImage(await (await fetch(img.src)).blob())),
  }
  function act(name, what) {  // one after another, since a session reads one image at a time
    const unknown = 'Expected an image, or an .onnx file of a reader, got something else: choose another file'
    const fail = e => says.textContent = e.name === 'InvalidStateError' ? unknown : e.message
    return queue = queue.then(() => actions[name](what)).catch(fail)
  }
  box.querySelector('button.draw').onclick = () => act('draw')
  for (const img of box.querySelectorAll('button img')) img.parentElement.onclick = () => act('sample', img)
  const give = files => [...files].forEach(o => act(/\.onnx$/i.test(o.name) ? 'reader' : 'image', o))
  for (const input of box.querySelectorAll('input')) input.onchange = () => give(input.files)
  box.ondragover = e => e.preventDefault()
  box.ondrop = e => { e.preventDefault(); give(e.dataTransfer.files) }
  document.addEventListener('paste', e => give(e.clipboardData.files))
}
