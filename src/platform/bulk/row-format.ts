import { clientError } from '../errors.ts'
import { itemsOf, propertyOf } from './export-rows.ts'
import type { ExportShape, FieldShape, ObjectShape } from './export-shape.ts'

export type Format = 'ndjson' | 'csv' | 'xml'

export const mediaTypes: Readonly<Record<Format, string>> = {
  ndjson: 'application/x-ndjson; charset=utf-8',
  csv: 'text/csv; charset=utf-8; header=present',
  xml: 'application/xml; charset=utf-8',
}

/** Writes the rows of an export as text. */
export interface RowWriter {
  readonly head: string
  /** Any number of rows. */
  rows(nodes: readonly object[]): string
  readonly tail: string
}

interface Column {
  readonly path: readonly string[]
  readonly name: string
  /** Whether it may hold any text. */
  readonly isText: boolean
}

/** Throws for a shape that the format cannot hold. */
export function rowWriter(format: Format, shape: ExportShape, asLines: boolean): RowWriter {
  if (format === 'ndjson') return asLines ? nestedLines(shape) : ndjson
  if (asLines) throw clientError('BAD_USER_INPUT', 'Only application/x-ndjson has lines of their own for nested lists.')
  return format === 'csv' ? csv(columnsOf(shape.row)) : xml(shape, columnsOf(shape.row))
}

/** https://github.com/ndjson/ndjson-spec */
const ndjson: RowWriter = {
  head: '',
  rows: (nodes) => {
    let text = ''
    for (const node of nodes) text += `${JSON.stringify(node)}\n`
    return text
  },
  tail: '',
}

/** The leaves of the document, in its order. */
function columnsOf({ fields }: ObjectShape, above: readonly string[] = []): Column[] {
  return fields.flatMap((field) => {
    const path = [...above, field.key]
    if (field.kind === 'object') return columnsOf(field.shape, path)
    if (field.kind === 'leaf') return [{ path, name: path.join('.'), isText: field.isText }]
    const message = `\`${path.join('.')}\` is a list, which only application/x-ndjson can hold: ask for that, or leave it out.`
    throw clientError('BAD_USER_INPUT', message)
  })
}

function valueAt(node: object, path: readonly string[]): unknown {
  let value: unknown = node
  for (const key of path) value = propertyOf(value, key)
  return value
}

/** RFC 4180. */
function csv(columns: readonly Column[]): RowWriter {
  const line = (cells: readonly string[]) => `${cells.join(',')}\r\n`
  const rows = (nodes: readonly object[]) => {
    let text = ''
    for (const node of nodes) text += line(columns.map(({ path, isText }) => csvCell(valueAt(node, path), isText)))
    return text
  }
  return { head: line(columns.map(({ name }) => quoted(name))), rows, tail: '' }
}

const number = /^[+-]?\d+(\.\d+)?$/

/** A spreadsheet would run a text that begins like a formula (CWE-1236); an apostrophe makes it a text. */
function csvCell(value: unknown, isText: boolean): string {
  if (value === null || value === undefined) return ''
  const text = plainText(value)
  return quoted(isText && /^[=+\-@\t\r]/.test(text) && !number.test(text) ? `'${text}` : text)
}

function quoted(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

function plainText(value: unknown): string {
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}

/** One element for each row, named as its type, with one for each leaf that has a value. */
function xml({ list, typeName }: ExportShape, columns: readonly Column[]): RowWriter {
  const rows = (nodes: readonly object[]) => {
    let text = ''
    for (const node of nodes) {
      text += `<${typeName}>`
      for (const { path, name } of columns) {
        const value = valueAt(node, path)
        if (value !== null && value !== undefined) text += `<${name}>${xmlText(plainText(value))}</${name}>`
      }
      text += `</${typeName}>\n`
    }
    return text
  }
  return { head: `<?xml version="1.0" encoding="UTF-8"?>\n<${list}>\n`, rows, tail: `</${list}>\n` }
}

/** XML 1.0, section 2.2, has no place for most control characters. */
const forbidden = /[^\P{Cc}\t\n\r]|[\ufffe\uffff]/gu

function xmlText(text: string): string {
  return text
    .replace(forbidden, '\ufffd')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('\r', '&#13;')
}

/**
 * Each row of a list below a node is a line of its own, behind that of its parent: it names the parent by `__parentId` and
 * the list by `__list`.
 */
function nestedLines({ row, typeName }: ExportShape): RowWriter {
  requireIds(row, typeName)
  const rows = (nodes: readonly object[]) => nodes.map((node) => lineOf({ ...node }, row)).join('')
  return { head: '', rows, tail: '' }
}

type ListShape = Extract<FieldShape, { kind: 'list' }>

/** The line of a row, and those of the rows below it. */
function lineOf(row: Record<string, unknown>, shape: ObjectShape): string {
  const below = takeLists(row, shape)
  return `${JSON.stringify(row)}\n${below}`
}

/** Removes the lists of a row and of the objects in it. Returns their lines. */
function takeLists(row: Record<string, unknown>, { fields }: ObjectShape): string {
  let lines = ''
  for (const field of fields) {
    if (field.kind === 'object') {
      const part: unknown = row[field.key]
      if (typeof part !== 'object' || part === null) continue
      const copy = { ...part }
      row[field.key] = copy
      lines += takeLists(copy, field.shape)
    } else if (field.kind === 'list' && field.item) {
      for (const item of itemsOf(row[field.key], field.through))
        lines += lineOf({ __parentId: row.id, __list: field.key, ...item }, field.item)
      row[field.key] = undefined
    }
  }
  return lines
}

function requireIds({ fields }: ObjectShape, what: string): void {
  const lists = fields.filter((field): field is ListShape => field.kind === 'list' && field.item !== undefined)
  if (lists.length > 0 && !fields.some(({ kind, key }) => kind === 'leaf' && key === 'id'))
    throw clientError('BAD_USER_INPUT', `Select \`id\` of ${what}: the lines of its lists name their parent by it.`)
  for (const { key, item } of lists) if (item) requireIds(item, `\`${key}\``)
  for (const field of fields) if (field.kind === 'object') requireIds(field.shape, `\`${field.key}\``)
}
