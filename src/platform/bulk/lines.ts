import { maxLineBytes } from './input-lines.ts'

interface Line {
  /** From 1. */
  line: number
  /** Without its end; undefined where it was too long. */
  bytes: Buffer | undefined
}

const lineFeed = 0x0a
const carriageReturn = 0x0d
const byteOrderMark = Buffer.from([0xef, 0xbb, 0xbf])

/** Cuts a file into lines, which end with LF or CRLF. A byte order mark is no part of the first one. */
export class Lines {
  #held: Buffer[] = []
  #heldBytes = 0
  #line = 1

  read(piece: Buffer): Line[] {
    const found: Line[] = []
    let start = 0
    for (let end = piece.indexOf(lineFeed); end !== -1; end = piece.indexOf(lineFeed, start)) {
      this.#hold(piece.subarray(start, end))
      found.push(this.#take())
      start = end + 1
    }
    this.#hold(piece.subarray(start))
    return found
  }

  /** The last line, where the file does not end with the end of one. */
  end(): Line[] {
    return this.#heldBytes === 0 ? [] : [this.#take()]
  }

  #hold(part: Buffer): void {
    this.#heldBytes += part.length
    if (this.#heldBytes > maxLineBytes) this.#held = []
    else if (part.length > 0) this.#held.push(part)
  }

  #take(): Line {
    const line = this.#line++
    const isTooLong = this.#heldBytes > maxLineBytes
    const [first = Buffer.alloc(0), ...others] = this.#held
    let bytes = others.length === 0 ? first : Buffer.concat(this.#held)
    this.#held = []
    this.#heldBytes = 0
    if (isTooLong) return { line, bytes: undefined }
    if (line === 1 && bytes.subarray(0, 3).equals(byteOrderMark)) bytes = bytes.subarray(3)
    return { line, bytes: bytes.at(-1) === carriageReturn ? bytes.subarray(0, -1) : bytes }
  }
}
