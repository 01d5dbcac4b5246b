/** One input of an import. */
export interface InputLine {
  /** From 1: the line of the file in which it begins. */
  readonly line: number
  /** What identifies its content, where the same file is sent again. */
  readonly source: string | Buffer
  /** The value, or why there is none. */
  readonly input: { readonly value: unknown } | { readonly fault: string }
}

/** Reads the inputs of a file, piece by piece. */
export interface LineReader {
  /** The inputs that end in this piece. Throws a FileFault where nothing behind it can be read. */
  read(piece: Buffer): InputLine[]
  /** The inputs that the end of the file ends. */
  end(): InputLine[]
}

/** The rest of a file cannot be read. */
export class FileFault extends Error {
  readonly line: number

  constructor(line: number, message: string) {
    super(message)
    this.line = line
  }
}

/** A longer input is refused, and not held in memory. */
export const maxLineBytes = 1_000_000
export const tooLong = `It is longer than ${maxLineBytes} bytes.`
export const notUtf8 = 'It is not UTF-8.'
export const empty = 'It is empty.'
