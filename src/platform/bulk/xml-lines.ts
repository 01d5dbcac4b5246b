import { SaxesParser } from 'saxes'
import { FileFault, type InputLine, type LineReader, maxLineBytes, tooLong } from './input-lines.ts'

const lineFeed = 0x0a

/** Inputs are not deeper. */
const maxDepth = 50
/** A longer text, tag or comment is not held in memory. */
const maxHeldBytes = 20 * maxLineBytes

interface Element {
  name: string
  text: string
  /** Elements below it, by name; those of one name are a list. */
  below: Map<string, unknown[]>
}

/** One child of the root a row; elements below it are fields, and repeated ones are lists. Attributes are not read. */
export class XmlLines implements LineReader {
  readonly #parser = new SaxesParser()
  readonly #decoder = new TextDecoder('utf-8', { fatal: true })
  #open: Element[] = []
  #found: InputLine[] = []
  /** Where the last row that was found ended. */
  #foundAt = -1
  /** Where the row in hand began. */
  #line = 1
  #bytes = 0
  /** Since the parser told of something. */
  #heldBytes = 0
  #fault: { line: number; message: string } | undefined

  constructor() {
    const parser = this.#parser
    parser.on('error', ({ message }) => this.#fail(message.replace(/^\S*\d+:\d+: /, '')))
    // An entity of a document type could grow without end.
    parser.on('doctype', () => this.#fail('a document type is not read.'))
    parser.on('opentag', ({ name }) => this.#enter(name))
    parser.on('text', (text) => this.#add(text))
    parser.on('cdata', (text) => this.#add(text))
    parser.on('closetag', () => this.#leave())
  }

  /** Line by line, so that the rows before bytes that are not UTF-8 are read. */
  read(piece: Buffer): InputLine[] {
    return this.#take(() => {
      for (let start = 0; start < piece.length; ) {
        const end = piece.indexOf(lineFeed, start) + 1 || piece.length
        this.#parser.write(this.#decoder.decode(piece.subarray(start, end), { stream: true }))
        this.#heldBytes += end - start
        start = end
      }
      if (this.#heldBytes > maxHeldBytes) this.#fail(`a part of it is longer than ${maxHeldBytes} bytes.`)
    })
  }

  end(): InputLine[] {
    return this.#take(() => this.#parser.write(this.#decoder.decode()).close())
  }

  #take(parse: () => unknown): InputLine[] {
    try {
      parse()
    } catch {
      this.#fail('it is not UTF-8.')
    }
    const found = this.#found
    this.#found = []
    if (!this.#fault) return found
    // The rows before it are good.
    if (found.length > 0) return found
    throw new FileFault(this.#fault.line, `It is no XML: ${this.#fault.message}`)
  }

  #fail(message: string): void {
    // The parser says only behind the end of a row that this was the end of another element.
    if (!this.#fault && this.#parser.position === this.#foundAt) this.#found.pop()
    this.#fault ??= { line: this.#parser.line, message }
  }

  #enter(name: string): void {
    this.#heldBytes = 0
    if (this.#fault) return
    if (this.#open.length === maxDepth) this.#fail(`elements are more than ${maxDepth} deep.`)
    if (this.#open.length === 1) {
      this.#line = this.#parser.line
      this.#bytes = 0
    }
    this.#bytes += name.length
    this.#open.push({ name, text: '', below: new Map() })
  }

  #add(text: string): void {
    this.#heldBytes = 0
    const element = this.#open.at(-1)
    this.#bytes += text.length
    if (element && this.#bytes <= maxLineBytes) element.text += text
  }

  #leave(): void {
    this.#heldBytes = 0
    if (this.#fault) return
    const element = this.#open.pop()
    if (!element) return
    const value = inputOf(element)
    const parent = this.#open.at(-1)
    const isTooLong = this.#bytes > maxLineBytes
    if (this.#open.length > 1 && parent) {
      if (isTooLong) return
      const others = parent.below.get(element.name)
      if (others) others.push(value)
      else parent.below.set(element.name, [value])
    } else if (this.#open.length === 1) {
      const line = this.#line
      this.#foundAt = this.#parser.position
      const row = typeof value === 'string' ? {} : value
      this.#found.push({
        line,
        source: isTooLong ? tooLong : JSON.stringify(row),
        input: isTooLong ? { fault: tooLong } : { value: row },
      })
    }
  }
}

function inputOf({ text, below }: Element): unknown {
  if (below.size === 0) return text
  return Object.fromEntries([...below].map(([name, values]) => [name, values.length === 1 ? values[0] : values]))
}
