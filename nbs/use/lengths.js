// CTC within lengths: the likeliest text that is no shorter than `lo` and no longer than `hi`
import { argmax, ctcLogProb, logSum, range } from './captcha_ocr.js'

function lookAhead(lp, lo, hi) {  // [t][size][class]: the best path on, from column t and a text of that size and end
  const n = lp[0].length - 1
  const res = [range(hi + 2).map(size => Array(n + 1).fill(lo <= size && size <= hi ? 0 : -Infinity))]
  for (const p of [...lp].reverse()) {
    const after = res[0]
    res.unshift(after.map((stay, size) => {
      if (size > hi) return stay
      const go = p.map((o, c) => o + after[c < n ? size + 1 : size][c]), best = argmax(go)
      const second = Math.max(...go.filter((_, c) => c !== best))
      return p.map((o, c) => Math.max(o + stay[c], c === best ? second : go[best]))
    }))
  }
  return res
}

export function ctcWithin(lp, lo, hi, width = 10) {  // prefix beam search (Graves 2012), of prefixes that may still fit
  const n = lp[0].length - 1, none = -Infinity, ahead = lookAhead(lp, lo, hi)
  let beams = [{ text: [], blank: 0, char: none }]   // paths that end in a blank, and in a character
  lp.forEach((p, t) => {
    const next = new Map()
    const at = text => {
      if (!next.has(text.join())) next.set(text.join(), { text, blank: none, char: none })
      return next.get(text.join())
    }
    for (const { text, blank, char } of beams) {
      const both = logSum(blank, char), last = text.at(-1), same = at(text)
      same.blank = logSum(same.blank, both + p[n])
      if (text.length) same.char = logSum(same.char, char + p[last])
      for (const c of range(text.length < hi ? n : 0)) {
        const grown = at([...text, c])
        grown.char = logSum(grown.char, (c === last ? blank : both) + p[c])
      }
    }
    const score = ({ text, blank, char }) => {
      const rest = ahead[t + 1][text.length]
      return logSum(blank + rest[n], char + rest[text.at(-1) ?? n])
    }
    const scored = [...next.values()].map(o => [score(o), o]).filter(([s]) => s > none)
    beams = scored.sort(([a], [b]) => b - a).slice(0, width).map(([, o]) => o)
  })
  const found = beams.map(o => o.text), probs = found.map(o => ctcLogProb(lp, o))
  return found[argmax(probs)]
}
