import { isUtf8 } from 'node:buffer'
import { empty, FileFault, type InputLine, type LineReader, maxLineBytes, notUtf8, tooLong } from './input-lines.ts'
import { Lines } from './lines.ts'

interface CsvRecord {
  line: number
  source: Buffer
  cells: string[]
}

/**
 * RFC 4180 with a header line. A cell in quotes may hold line breaks. Where a quote is never closed, the line that opened
 * it is refused, and the next line begins a new record.
 */
export class CsvLines implements LineReader {
  readonly #lines = new Lines()
  #header: readonly string[] | undefined
  /** The lines of a record whose quotes are open. */
  #open: { line: number; bytes: Buffer }[] = []
  #openBytes = 0
  #hasOpenQuote = false

  read(piece: Buffer): InputLine[] {
    return this.#lines.read(piece).flatMap((line) => this.#take(line))
  }

  end(): InputLine[] {
    const found = this.#lines.end().flatMap((line) => this.#take(line))
    while (this.#open.length > 0) found.push(...this.#giveUp())
    return found
  }

  #take({ line, bytes }: { line: number; bytes: Buffer | undefined }): InputLine[] {
    if (bytes === undefined) {
      const before: InputLine[] = []
      while (this.#open.length > 0) before.push(...this.#giveUp())
      return [...before, { line, source: tooLong, input: { fault: tooLong } }]
    }
    this.#open.push({ line, bytes })
    this.#openBytes += bytes.length + 1
    // Quotes inside of a cell are doubled, so an odd number opens or closes one.
    if (quotesIn(bytes) % 2 === 1) this.#hasOpenQuote = !this.#hasOpenQuote
    return this.#close()
  }

  /** The record of the open lines, where it is complete. */
  #close(): InputLine[] {
    if (this.#hasOpenQuote) return this.#openBytes > maxLineBytes ? this.#giveUp() : []
    const [first, ...others] = this.#takeOpen()
    if (!first) return []
    const source = others.length === 0 ? first.bytes : joined([first, ...others].map(({ bytes }) => bytes))
    return this.#record(first.line, source)
  }

  /** Refuses the first open line, and reads those behind it again. */
  #giveUp(): InputLine[] {
    const [first, ...others] = this.#takeOpen()
    if (!first) return []
    const refused: InputLine = { line: first.line, source: first.bytes, input: { fault: 'A quote is not closed.' } }
    return [refused, ...others.flatMap((line) => this.#take(line))]
  }

  #takeOpen() {
    const open = this.#open
    this.#open = []
    this.#openBytes = 0
    this.#hasOpenQuote = false
    return open
  }

  #record(line: number, source: Buffer): InputLine[] {
    const fault = (fault: string): InputLine[] => [{ line, source, input: { fault } }]
    if (!isUtf8(source)) return this.#header ? fault(notUtf8) : fail(line, notUtf8)
    const cells = cellsOf(source.toString('utf8'))
    if (!this.#header) {
      this.#header = headerOf(line, cells)
      return []
    }
    if (cells === undefined) return fault('A quote stands where none may, or a text follows one.')
    if (cells.length === 1 && cells[0] === '') return fault(empty)
    if (cells.length !== this.#header.length)
      return fault(`It has ${cells.length} cells, and the header has ${this.#header.length}.`)
    return [{ line, source, input: { value: inputOf(this.#header, { line, source, cells }) } }]
  }
}

function fail(line: number, message: string): never {
  throw new FileFault(line, message)
}

function headerOf(line: number, cells: string[] | undefined): readonly string[] {
  if (!cells || cells.some((cell) => cell.trim() === '')) return fail(line, 'The header has a column without a name.')
  const names = cells.map((cell) => cell.trim())
  if (new Set(names).size < names.length) return fail(line, 'The header has a column twice.')
  return names
}

const quote = 0x22

function quotesIn(source: Buffer): number {
  let count = 0
  for (let at = source.indexOf(quote); at !== -1; at = source.indexOf(quote, at + 1)) count++
  return count
}

function joined(lines: readonly Buffer[]): Buffer {
  const feed = Buffer.of(0x0a)
  return Buffer.concat(lines.flatMap((line, at) => (at === 0 ? [line] : [feed, line])))
}

/** Undefined where quotes are misplaced. */
function cellsOf(text: string): string[] | undefined {
  if (!text.includes('"')) return text.split(',')
  const cells: string[] = []
  for (let at = 0; at <= text.length; ) {
    if (text[at] !== '"') {
      const end = text.indexOf(',', at)
      const cell = text.slice(at, end === -1 ? undefined : end)
      if (cell.includes('"')) return undefined
      cells.push(cell)
      if (end === -1) return cells
      at = end + 1
      continue
    }
    const end = closingQuote(text, at + 1)
    if (end === -1 || (end + 1 < text.length && text[end + 1] !== ',')) return undefined
    cells.push(text.slice(at + 1, end).replaceAll('""', '"'))
    if (end + 1 >= text.length) return cells
    at = end + 2
  }
  return cells
}

function closingQuote(text: string, from: number): number {
  for (let at = text.indexOf('"', from); at !== -1; at = text.indexOf('"', at + 2)) if (text[at + 1] !== '"') return at
  return -1
}

/** `unitPrice.amount` is the field `amount` in `unitPrice`. An empty cell is no value. */
function inputOf(header: readonly string[], { cells }: CsvRecord): unknown {
  // Without a prototype, because a column may have any name.
  const value: { [name: string]: unknown } = Object.create(null)
  header.forEach((name, at) => {
    const cell = cells[at]
    if (cell === undefined || cell === '') return
    const path = name.split('.')
    const last = path.pop() ?? name
    let target = value
    for (const part of path) {
      const below = target[part] ?? Object.create(null)
      target[part] = below
      target = below as typeof value
    }
    target[last] = cell
  })
  return value
}
