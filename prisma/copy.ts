import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { ClientBase } from 'pg'
import { from as copyFrom } from 'pg-copy-streams'
import { type Field, type Model, physicalTable, type Row } from '../src/platform/database/physical-names.ts'

const chunkLength = 65_536
/** https://www.postgresql.org/docs/current/sql-copy.html, "Text Format". Text in PostgreSQL never has a NUL. */
const special = /[\\\n\r\t]/
const specials = /[\\\n\r\t]/g
const escapes: Readonly<Record<string, string>> = { '\\': '\\\\', '\n': '\\n', '\r': '\\r', '\t': '\\t' }

/** What PostgreSQL makes of another column of the row. */
type Made = `${string}Folded`
/**
 * A whole row as it is written, by field names.
 * @public
 */
export type GivenRow<M extends Model> = Omit<Row<M>, Made & keyof Row<M>>
type GivenField<M extends Model> = Field<M> & keyof GivenRow<M>

/**
 * Writes whole rows, given by field names, with COPY. Returns how many. Rows are pulled as the server accepts them, so
 * memory stays flat for any number of rows.
 */
export async function copyRows<M extends Model>(
  client: ClientBase,
  model: M,
  rows: Iterable<GivenRow<M>>,
): Promise<number> {
  const { name, fields: all, column } = physicalTable(model)
  const fields = all.filter((field): field is GivenField<M> => !field.endsWith('Folded'))
  const target = client.query(copyFrom(`copy ${name} (${fields.map(column).join(', ')}) from stdin`))
  await pipeline(Readable.from(encodeChunks(fields, rows)), target)
  return target.rowCount
}

function* encodeChunks<M extends Model>(fields: GivenField<M>[], rows: Iterable<GivenRow<M>>): Generator<string> {
  let chunk = ''
  for (const row of rows) {
    let separator = ''
    for (const field of fields) {
      chunk += separator + encodeValue(row[field])
      separator = '\t'
    }
    chunk += '\n'
    if (chunk.length < chunkLength) continue
    yield chunk
    chunk = ''
  }
  if (chunk !== '') yield chunk
}

function encodeValue(value: unknown): string {
  if (typeof value === 'string') {
    return special.test(value) ? value.replace(specials, (character) => escapes[character] ?? character) : value
  }
  if (typeof value === 'number' || typeof value === 'bigint' || typeof value === 'boolean') return String(value)
  if (value === null) return '\\N'
  if (value instanceof Date) return value.toISOString()
  throw new TypeError(`COPY has no text for a value of type ${typeof value}`)
}
