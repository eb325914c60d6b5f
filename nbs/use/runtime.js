// What a browser needs beside captcha_ocr.js: ONNX Runtime Web from its CDN, and the pixels of a file

const RUNTIME = 'https://cdn.jsdelivr.net/npm/onnxruntime-web@1.30.0/dist/'
const INTEGRITY = {  // SHA-384 of npm's files: a browser refuses any other
  'ort.wasm.bundle.min.mjs': 'sha384-PLWz+nHEVHpjwBsO0YVdvQj6n5814Iv8E3b8FG0Rp/uIAtjFMCKOpP66iPzedrIG',
  'ort-wasm-simd-threaded.wasm': 'sha384-vjBJ1z7qrhkTyYsNqKeF6c7N+nOJSU94czEo+tvZcu8G75JparGq9kB+kTnEUNVM',
}

export async function download(url, integrity) {
  const answer = await fetch(url, integrity ? { integrity } : {})
  if (!answer.ok) throw Error(`Expected ${url}, got status ${answer.status}: reload the page later`)
  return answer.arrayBuffer()
}

export async function loadRuntime(at = RUNTIME) {  // onnxruntime-web: WebAssembly on one thread, so any server will do
  const [code, wasm] = await Promise.all(Object.entries(INTEGRITY).map(([name, hash]) => download(at + name, hash)))
  const url = URL.createObjectURL(new Blob([code], { type: 'text/javascript' })), ort = await import(url)
  URL.revokeObjectURL(url)
  Object.assign(ort.env.wasm, { wasmBinary: wasm, numThreads: 1 })
  return ort
}

export async function openImage(blob) {  // the pixels of a file: upright, and in the colours that it has
  const bitmap = await createImageBitmap(blob, { colorSpaceConversion: 'none', premultiplyAlpha: 'none' })
  const context = new OffscreenCanvas(bitmap.width, bitmap.height).getContext('2d')
  context.drawImage(bitmap, 0, 0)
  return context.getImageData(0, 0, bitmap.width, bitmap.height)
}
