import { isUtf8 } from 'node:buffer'
import { empty, type InputLine, type LineReader, notUtf8, tooLong } from './input-lines.ts'
import { Lines } from './lines.ts'

/** One JSON object a line. */
export class NdjsonLines implements LineReader {
  readonly #lines = new Lines()

  read(piece: Buffer): InputLine[] {
    return this.#lines.read(piece).map(inputOf)
  }

  end(): InputLine[] {
    return this.#lines.end().map(inputOf)
  }
}

function inputOf({ line, bytes }: { line: number; bytes: Buffer | undefined }): InputLine {
  if (bytes === undefined) return { line, source: tooLong, input: { fault: tooLong } }
  const fault = (fault: string): InputLine => ({ line, source: bytes, input: { fault } })
  if (!isUtf8(bytes)) return fault(notUtf8)
  const text = bytes.toString('utf8').trim()
  if (text === '') return fault(empty)
  try {
    const value: unknown = JSON.parse(text)
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value)
    return isObject ? { line, source: bytes, input: { value } } : fault('It is no JSON object.')
  } catch {
    return fault('It is no JSON.')
  }
}
