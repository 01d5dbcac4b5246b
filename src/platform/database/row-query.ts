import { isAscii } from 'node:buffer'
import type { Duplex } from 'node:stream'
import pg from 'pg'
import type { Values } from './reads/row-reader.ts'

/** https://www.postgresql.org/docs/current/protocol-message-formats.html */
const dataRow = 'D'.charCodeAt(0)
const headerLength = 5

type Parse = (text: string) => unknown
type OnData = (chunk: Buffer) => void

interface Column {
  /** Undefined where the driver leaves texts as they are. */
  readonly parse: Parse | undefined
  /** Its last short text. Neighbours often have the same: a currency, a state. */
  code: string
}

/** The longest text that is kept for the next row. */
const longestCode = 4

export interface RowStatement {
  readonly name: string | undefined
  readonly text: string
  readonly values: unknown[]
}

interface End<Item> {
  resolve(items: Item[]): void
  reject(error: unknown): void
}

/**
 * Reads many rows on a connection that no other statement uses meanwhile, and makes an item of each, while PostgreSQL works
 * on the next ones. Each row is an array, as of the driver's.
 */
export function queryRows<Item>(
  client: pg.ClientBase,
  statement: RowStatement,
  itemOf: (values: Values) => Item,
): Promise<Item[]> {
  return new Promise((resolve, reject) => {
    client.query(new RowQuery(statement, itemOf, { resolve, reject }))
  })
}

/**
 * A statement whose rows bypass the driver's parser, which takes more than twice the time for a row: the texts of a whole
 * chunk are decoded at once. Every other message goes to the driver.
 */
class RowQuery<Item> extends pg.Query {
  readonly #itemOf: (values: Values) => Item
  readonly #end: End<Item>
  #items: Item[] = []
  /** Why a row made no item. */
  #failure: { error: unknown } | undefined
  #columns: readonly Column[] | undefined
  #stream: Duplex | undefined
  #driver: OnData = () => {}
  /** The beginning of a message whose end has not arrived. */
  #partial: Buffer | undefined

  constructor(statement: RowStatement, itemOf: (values: Values) => Item, end: End<Item>) {
    super(statement, undefined, () => {})
    this.#itemOf = itemOf
    this.#end = end
    const submit = this.submit
    this.submit = (connection) => {
      this.#attach(connection.stream)
      return submit.call(this, connection)
    }
  }

  // The driver calls these with the messages that it is given.

  handleRowDescription({ fields }: { fields: readonly { dataTypeID: number }[] }): void {
    this.#columns = fields.map(({ dataTypeID }) => {
      const parse = pg.types.getTypeParser(dataTypeID)
      return { parse: parse === asItIs ? undefined : parse, code: '' }
    })
  }

  handleCommandComplete(): void {
    this.#columns = undefined
  }

  handleReadyForQuery(): void {
    this.#detach()
    const items = this.#items
    // The statement lives on in old space, where it would keep its rows until a full collection.
    this.#items = []
    if (this.#failure) this.#end.reject(this.#failure.error)
    else this.#end.resolve(items)
  }

  handleError(error: Error): void {
    this.#detach()
    this.#end.reject(error)
  }

  #attach(stream: Duplex): void {
    const [driver, ...others] = stream.listeners('data')
    if (!driver || others.length > 0) throw new Error('the connection has another reader')
    this.#driver = driver as OnData
    this.#stream = stream.off('data', this.#driver).on('data', this.#onData)
  }

  #detach(): void {
    this.#stream?.off('data', this.#onData).on('data', this.#driver)
    this.#stream = undefined
  }

  /** What is thrown here would end the process. */
  #take(values: Values): void {
    try {
      this.#items.push(this.#itemOf(values))
    } catch (error) {
      this.#failure ??= { error }
    }
  }

  readonly #onData: OnData = (received) => {
    const partial = this.#partial
    if (!partial) {
      this.#read(received)
      return
    }
    // Only the message that was cut is copied.
    const missing = missingOf(partial, received)
    if (missing > received.length) {
      this.#partial = Buffer.concat([partial, received])
      return
    }
    this.#partial = undefined
    this.#read(Buffer.concat([partial, received.subarray(0, missing)]))
    this.#read(received.subarray(missing))
  }

  #read(chunk: Buffer): void {
    const ascii = isAscii(chunk) ? chunk.toString('latin1') : undefined
    let at = 0
    while (this.#stream && at + headerLength <= chunk.length) {
      const end = at + 1 + int32(chunk, at + 1)
      if (end > chunk.length) break
      if (this.#columns && chunk[at] === dataRow) this.#take(rowAt(this.#columns, chunk, ascii, at + headerLength))
      else this.#driver(chunk.subarray(at, end))
      at = end
    }
    if (at === chunk.length) return
    if (this.#stream) this.#partial = Buffer.from(chunk.subarray(at))
    else this.#driver(chunk.subarray(at))
  }
}

/** How many bytes of `behind` complete the message; more than `behind` has while the header of the message is not whole. */
function missingOf(partial: Buffer, behind: Buffer): number {
  const header = Buffer.concat([partial.subarray(0, headerLength), behind.subarray(0, headerLength)])
  return header.length < headerLength ? behind.length + 1 : 1 + int32(header, 1) - partial.length
}

/** `at` is the place of the number of columns; `ascii` is the text of the chunk where it is ASCII. */
function rowAt(columns: readonly Column[], chunk: Buffer, ascii: string | undefined, at: number): Values {
  const row = new Array<unknown>(columns.length)
  let from = at + 2
  for (let index = 0; index < columns.length; index++) {
    const length = int32(chunk, from)
    from += 4
    if (length < 0) {
      row[index] = null
      continue
    }
    const to = from + length
    const column = columns[index] ?? noColumn
    if (column.parse === asInteger) row[index] = integerAt(chunk, from, to)
    else {
      const text = textAt(column, chunk, ascii, from, to)
      row[index] = column.parse ? column.parse(text) : text
    }
    from = to
  }
  return row
}

const noColumn: Column = { parse: undefined, code: '' }

function textAt(column: Column, chunk: Buffer, ascii: string | undefined, from: number, to: number): string {
  if (ascii === undefined) return chunk.toString('utf8', from, to)
  if (to - from > longestCode) return ascii.slice(from, to)
  if (!isAt(chunk, from, to, column.code)) column.code = ascii.slice(from, to)
  return column.code
}

function isAt(bytes: Buffer, from: number, to: number, text: string): boolean {
  if (text.length !== to - from) return false
  for (let at = 0; at < text.length; at++) if (bytes[from + at] !== text.charCodeAt(at)) return false
  return true
}

/** A whole number, from its digits: to make a text of them takes longer than to read it. */
function integerAt(bytes: Buffer, from: number, to: number): number {
  const isNegative = bytes[from] === minus
  let value = 0
  for (let at = isNegative ? from + 1 : from; at < to; at++) value = value * 10 + (bytes[at] ?? zero) - zero
  return isNegative ? -value : value
}

function int32(bytes: Buffer, at: number): number {
  return ((bytes[at] ?? 0) << 24) | ((bytes[at + 1] ?? 0) << 16) | ((bytes[at + 2] ?? 0) << 8) | (bytes[at + 3] ?? 0)
}

const minus = '-'.charCodeAt(0)
const zero = '0'.charCodeAt(0)
/** The driver's parser for types whose values it leaves as they are, and the one for whole numbers. */
const asItIs = pg.types.getTypeParser(pg.types.builtins.TEXT)
const asInteger = pg.types.getTypeParser(pg.types.builtins.INT4)
