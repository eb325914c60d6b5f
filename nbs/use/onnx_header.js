// What a captcha_ocr ONNX file says about itself. onnxruntime-web does not hand out a file's metadata, so this does.

function fields(bytes) {  // a protobuf message as pairs: the number of a field, and its bytes or its whole number
  const res = []
  let at = 0
  const take = n => bytes.subarray(at, at += n)
  const varint = () => {  // 7 bits a byte, the lowest first; the eighth says that more follow
    for (let value = 0, scale = 1; ; scale *= 128) {
      const byte = bytes[at++]
      value += (byte & 127)*scale
      if (!(byte & 128)) return value
    }
  }
  while (at < bytes.length) {
    const tag = varint(), kind = tag & 7
    res.push([tag >>> 3, kind === 0 ? varint() : take(kind === 2 ? varint() : kind === 1 ? 8 : 4)])
  }
  return res
}

export function readHeader(file) {  // the JSON under 'captcha_ocr' in the metadata, which is field 14 of the file
  const texts = entry => fields(entry).map(([, bytes]) => new TextDecoder().decode(bytes))
  const metadata = Object.fromEntries(fields(file).filter(([id]) => id === 14).map(([, entry]) => texts(entry)))
  try {
    const header = JSON.parse(metadata.captcha_ocr)
    if (header.format <= 2) return header
  } catch { /* no such metadata, or cut off */ }
  throw Error('Expected a whole ONNX file of captcha_ocr, format 1 or 2: copy it again, or export your reader again')
}

export async function checkFile(file, header) {  // throws unless the SHA-256, with zeros in its place, is right
  const at = new TextDecoder('latin1').decode(file).indexOf(header.sha256), blank = file.slice()
  blank.fill(48, at, at + 64)
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', blank))
  const hex = [...digest].map(o => o.toString(16).padStart(2, '0')).join('')
  if (hex !== header.sha256) throw Error('The file was damaged or changed, since its checksum is wrong: copy it again')
}
