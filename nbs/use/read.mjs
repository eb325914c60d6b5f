// node read.mjs reader.onnx a.png b.png …: prints a line of JSON for each image
import { readFileSync } from 'node:fs'
import * as ort from 'onnxruntime-web'
import { PNG } from 'pngjs'
import { loadReader } from './captcha_ocr.js'
import { ctcWithin } from './lengths.js'

ort.env.wasm.numThreads = 1
const [file, ...images] = process.argv.slice(2)
const reader = await loadReader(ort, new Uint8Array(readFileSync(file)), ctcWithin)
for (const o of images) console.log(JSON.stringify(await reader.read(PNG.sync.read(readFileSync(o)))))
