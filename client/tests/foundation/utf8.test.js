const test = require('node:test')
const assert = require('node:assert')
const { Utf8 } = require('../../src/foundation/utf8')
const { seeded } = require('../support/random')

const decoded = (pieces) => {
  const decoder = new Utf8()
  const text = pieces.map((piece) => decoder.push(new Uint8Array(piece).buffer)).join('')
  return text + decoder.end()
}

test('every text, cut at every place, is the text', () => {
  for (const text of ['', 'abc', '门神', 'é€😀', '\u0000\u007f\u0080\u07ff\u0800\uffff', 'a门b😀']) {
    const bytes = Array.from(Buffer.from(text))
    for (let first = 0; first <= bytes.length; first++) {
      for (let second = first; second <= bytes.length; second++) {
        assert.strictEqual(decoded([bytes.slice(0, first), bytes.slice(first, second), bytes.slice(second)]), text)
      }
    }
  }
})

test('bytes that are no text become replacement characters, and never throw', () => {
  assert.strictEqual(decoded([[0x61, 0xff, 0x62]]), 'a\ufffdb')
  assert.strictEqual(decoded([[0xe9, 0x97]]), '\ufffd')
  const { below, random } = seeded('utf8')
  for (let round = 0; round < 5000; round++) {
    const bytes = Array.from({ length: below(9) }, () => Math.floor(random() * 256))
    assert.strictEqual(typeof decoded([bytes.slice(0, 3), bytes.slice(3)]), 'string')
  }
})
