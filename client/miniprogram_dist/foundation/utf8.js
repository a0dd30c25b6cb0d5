/** Decodes UTF-8 that arrives in pieces; a character can be cut anywhere. Mini programs have no TextDecoder. */
class Utf8 {
  constructor() {
    /** @private */
    this.point = 0
    /** @private */
    this.missing = 0
    /** @private */
    this.least = 0
  }

  /** @param {ArrayBuffer} buffer @returns {string} the characters that are complete */
  push(buffer) {
    const bytes = new Uint8Array(buffer)
    let text = ''
    for (let index = 0; index < bytes.length; index++) {
      const byte = bytes[index]
      if (this.missing && (byte & 0xc0) === 0x80) {
        this.point = (this.point << 6) | (byte & 0x3f)
        this.missing -= 1
        if (!this.missing) text += this.character()
        continue
      }
      text += this.end()
      if (byte < 0x80) text += String.fromCharCode(byte)
      else if (byte >= 0xc2 && byte < 0xf5) {
        this.missing = byte < 0xe0 ? 1 : byte < 0xf0 ? 2 : 3
        this.least = [0, 0x80, 0x800, 0x10000][this.missing]
        this.point = byte & (0x3f >> this.missing)
      } else text += '\ufffd'
    }
    return text
  }

  /** @returns {string} a replacement character where the text was cut inside one */
  end() {
    const cut = this.missing > 0
    this.missing = 0
    return cut ? '\ufffd' : ''
  }

  /** @private */
  character() {
    const point = this.point
    const good = point >= this.least && point <= 0x10ffff && (point < 0xd800 || point > 0xdfff)
    return good ? String.fromCodePoint(point) : '\ufffd'
  }
}

module.exports = { Utf8 }
