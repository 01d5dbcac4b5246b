import fc from 'fast-check'
import { seed } from '../../support/draw.ts'

/** What is wrong in a file, or looks as if it were: the mark and CRLF are read as what they are. */
export const kinds = [
  'encoding',
  'quotes',
  'types',
  'unknown ids',
  'duplicates',
  'oversell',
  'byte order mark',
  'CRLF',
  'empty',
  '10 MB line',
  'wrong columns',
  'truncated',
] as const
type Kind = (typeof kinds)[number]

/** An error as the report shows it. */
interface LineError {
  code: string
  message: string
  path: string[]
}

export const refused = (code: string, message: string, ...path: string[]): LineError => ({
  code,
  message,
  path: ['input', ...path],
})

/** What a file imports. */
export interface Inputs {
  mutation: string
  good(at: number): object
  /** Inputs that GraphQL or the mutation refuses; `before` are the good ones before it. */
  bad: {
    readonly [kind in Kind]?: (at: number, before: readonly number[]) => { input: object; error: LineError }
  }
}

/** How a file is written. */
interface Form {
  type: string
  head?: (input: object) => string
  textOf(input: object): string
  /** Lines that cannot be read. */
  faults: { readonly [kind in Kind]?: (text: string, input: object) => { bytes: string | Buffer; message: string } }
  /** What is said of a last line that breaks off: as a line of the report, or where nothing behind a fault is read, at its end. */
  brokenOff: { message: string; at: 'line' | 'end' }
}

const faults: Form['faults'] = {
  encoding: (text) => ({
    bytes: Buffer.concat([Buffer.from(text.slice(0, 9)), Buffer.of(0xff, 0xfe), Buffer.from(text.slice(9))]),
    message: 'It is not UTF-8.',
  }),
  empty: () => ({ bytes: '', message: 'It is empty.' }),
  '10 MB line': (text) => ({ bytes: text + 'x'.repeat(10_000_000), message: 'It is longer than 1000000 bytes.' }),
}

export const ndjsonForm: Form = {
  type: 'application/x-ndjson',
  textOf: (input) => JSON.stringify(input),
  faults,
  brokenOff: { message: 'It is no JSON.', at: 'line' },
}

export const csvForm: Form = {
  type: 'text/csv',
  head: (input) =>
    cellsOf(input)
      .map(([name]) => name)
      .join(),
  textOf: (input) =>
    cellsOf(input)
      .map(([, value]) => quoted(value))
      .join(),
  faults: {
    ...faults,
    quotes: (text) => ({
      bytes: `"a "quote" inside",${text}`,
      message: 'A quote stands where none may, or a text follows one.',
    }),
    'wrong columns': (text, input) => {
      const columns = cellsOf(input).length
      return { bytes: `${text},more`, message: `It has ${columns + 1} cells, and the header has ${columns}.` }
    },
  },
  brokenOff: { message: 'A quote is not closed.', at: 'line' },
}

/** A child of the root in each line. */
export const xmlForm: Form = {
  type: 'application/xml',
  head: () => '<inputs>',
  textOf: (input) => elementOf('input', input),
  faults: {
    '10 MB line': (_text, input) => ({
      bytes: elementOf('input', { ...input, name: 'x'.repeat(10_000_000) }),
      message: 'It is longer than 1000000 bytes.',
    }),
  },
  brokenOff: { message: 'It is no XML: unclosed tag: name', at: 'end' },
}

function elementOf(name: string, value: unknown): string {
  const isObject = typeof value === 'object' && value !== null
  const content = isObject
    ? Object.entries(value)
        .map(([below, part]: [string, unknown]) => elementOf(below, part))
        .join('')
    : String(value).replaceAll('&', '&amp;').replaceAll('<', '&lt;')
  return `<${name}>${content}</${name}>`
}

/** The columns of an input, and what is in their cells. */
function cellsOf(input: object, prefix = ''): [string, string][] {
  return Object.entries(input).flatMap(([name, value]: [string, unknown]) => {
    if (Array.isArray(value)) return [[prefix + name, JSON.stringify(value)]]
    const isObject = typeof value === 'object' && value !== null
    return isObject ? cellsOf(value, `${prefix}${name}.`) : [[prefix + name, String(value)]]
  })
}

function quoted(text: string): string {
  return /[",]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

interface Line {
  kind?: Kind
  bytes: string | Buffer
  /** None for a good line. */
  errors: LineError[]
}

export type FaultyFile = ReturnType<typeof faultyFile>

/** A file with one bad line in each hundred, all kinds in turn, and the beginning of a line at its end. */
export function faultyFile(inputs: Inputs, form: Form, count: number) {
  const bad = kinds.filter((kind) => kind in inputs.bad || kind in form.faults)
  const places = fc.sample(fc.integer({ min: 1, max: 99 }), { seed, numRuns: count / 100 })
  const good: number[] = []
  const lines = Array.from({ length: count }, (_, at): Line => {
    const hundred = Math.floor(at / 100)
    const kind = at % 100 === places[hundred] ? bad[hundred % bad.length] : undefined
    if (kind) return badLine(inputs, form, { kind, at, before: good })
    good.push(at)
    return { bytes: form.textOf(inputs.good(at)), errors: [] }
  })
  const firstLine = form.head ? 2 : 1
  const head = form.head ? `${form.head(inputs.good(0))}\r\n` : ''
  const pieces = lines.flatMap(({ bytes }, at) => [Buffer.from(bytes), Buffer.from(at % 2 === 0 ? '\n' : '\r\n')])
  /** The file up to the end of so many lines. */
  const beginning = (end: number) => Buffer.concat([Buffer.from(`\ufeff${head}`), ...pieces.slice(0, 2 * end)])
  const { message, at } = form.brokenOff
  return {
    mutation: inputs.mutation,
    type: form.type,
    kinds: kinds.filter((kind) => alwaysThere.includes(kind) || lines.some((line) => line.kind === kind)),
    good,
    lines: at === 'line' ? [...lines, { errors: [refused('BAD_USER_INPUT', message)] }] : lines,
    firstLine,
    /** What ends the report early. */
    error: at === 'end' ? { code: 'BAD_USER_INPUT', message, line: firstLine + count } : undefined,
    beginning,
    whole: Buffer.concat([beginning(count), Buffer.from(brokenTextOf(form.textOf(inputs.good(count))))]),
  }
}

const alwaysThere: readonly Kind[] = ['byte order mark', 'CRLF', 'truncated']

function badLine(
  { good, bad }: Inputs,
  { textOf, faults }: Form,
  { kind, at, before }: { kind: Kind; at: number; before: readonly number[] },
): Line {
  const refusal = bad[kind]?.(at, before)
  if (refusal) return { kind, bytes: textOf(refusal.input), errors: [refusal.error] }
  const fault = faults[kind]?.(textOf(good(at)), good(at))
  if (!fault) throw new Error(`there is no line with ${kind}`)
  return { kind, bytes: fault.bytes, errors: [refused('BAD_USER_INPUT', fault.message)] }
}

/** It ends in the middle of a quoted text, where there is one. */
function brokenTextOf(text: string): string {
  return text.slice(0, text.indexOf('"') + 5)
}
