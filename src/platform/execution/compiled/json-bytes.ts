const quote = 0x22
const backslash = 0x5c
/** The first and the last printable character of ASCII. */
const space = 0x20
const tilde = 0x7e

/** JSON in UTF-8, written piece by piece: for many small pieces that takes a quarter of the time of joining texts. */
export class JsonBytes {
  #bytes: Buffer
  #length = 0

  /** `size` is the length that is expected, in bytes. */
  constructor(size: number) {
    this.#bytes = Buffer.allocUnsafe(size)
  }

  /** What was written; nothing can be written any more. */
  end(): Buffer {
    const written = this.#bytes.subarray(0, this.#length)
    this.#bytes = empty
    return written
  }

  /** JSON as it is. */
  json(text: string): void {
    this.#reserve(text.length)
    const bytes = this.#bytes
    let at = this.#length
    for (let index = 0; index < text.length; index++) {
      const code = text.charCodeAt(index)
      if (code > tilde) {
        this.#encode(text)
        return
      }
      bytes[at++] = code
    }
    this.#length = at
  }

  string(text: string): void {
    this.#reserve(text.length + 2)
    const bytes = this.#bytes
    let at = this.#length
    bytes[at++] = quote
    for (let index = 0; index < text.length; index++) {
      const code = text.charCodeAt(index)
      if (code < space || code > tilde || code === quote || code === backslash) {
        this.#encode(JSON.stringify(text))
        return
      }
      bytes[at++] = code
    }
    bytes[at++] = quote
    this.#length = at
  }

  /** Text beyond ASCII. */
  #encode(json: string): void {
    this.#reserve(3 * json.length)
    this.#length += this.#bytes.write(json, this.#length)
  }

  #reserve(length: number): void {
    const needed = this.#length + length
    if (needed <= this.#bytes.length) return
    const larger = Buffer.allocUnsafe(Math.max(needed, 2 * this.#bytes.length))
    this.#bytes.copy(larger, 0, 0, this.#length)
    this.#bytes = larger
  }
}

const empty = Buffer.alloc(0)
