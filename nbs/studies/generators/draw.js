// svg-captcha, captchapng and trek-captcha: node draw.js FOLDER
const fs = require('fs'), svg = require('svg-captcha'), {Resvg} = require('@resvg/resvg-js')
const png = require('captchapng'), trek = require('trek-captcha')

let s = 777   // mulberry32, so that the same images are drawn again
Math.random = () => {
  s = (s + 0x6D2B79F5) | 0
  let t = Math.imul(s ^ (s >>> 15), 1 | s)
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
  return ((t ^ (t >>> 14)) >>> 0) / 4294967296
}

async function main(dest, n) {
  for (const o of ['svg-captcha', 'captchapng', 'trek-captcha']) fs.mkdirSync(`${dest}/${o}`, {recursive: true})
  for (let i = 0; i < n; i++) {
    const c = svg.create()
    fs.writeFileSync(`${dest}/svg-captcha/${c.text}.${i}.png`, new Resvg(c.data, {background: 'white'}).render().asPng())
    const number = 10000 + Math.floor(Math.random() * 90000), p = new png(80, 30, number)
    p.color(0, 0, 0, 0)
    p.color(80, 80, 80, 255)
    fs.writeFileSync(`${dest}/captchapng/${number}.${i}.png`, Buffer.from(p.getBase64(), 'base64'))
    const t = await trek()
    fs.writeFileSync(`${dest}/trek-captcha/${t.token}.${i}.gif`, t.buffer)
  }
}
main(process.argv[2], 1100)
