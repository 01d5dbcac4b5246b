import type { IncomingMessage, ServerResponse } from 'node:http'
import { type GraphQLInputType, type GraphQLSchema, isNonNullType } from 'graphql'
import { auditEntries } from '../audit/audit-entry.ts'
import type { AuditTrail } from '../audit/audit-trail.ts'
import type { Viewer } from '../auth/viewer.ts'
import type { Transactions } from '../database/transaction.ts'
import { clientError, codeOf, type ErrorCode, isHidden, publicError } from '../errors.ts'
import type { RequestFacts } from '../http/exchange.ts'
import type { Refusal } from '../http/request-refusal.ts'
import type { Precedence } from '../limits/precedence.ts'
import type { RateLimit } from '../limits/rate-limit.ts'
import { checkedKey } from '../mutations/idempotency.ts'
import { importables } from '../mutations/importable.ts'
import type { Log } from '../observability/log.ts'
import type { Metrics } from '../observability/metrics.ts'
import { CsvLines } from './csv-lines.ts'
import type { ImportOptions } from './import-job.ts'
import { FileFault, type InputLine, type LineReader } from './input-lines.ts'
import { LineImport } from './line-import.ts'
import { NdjsonLines } from './ndjson-lines.ts'
import { XmlLines } from './xml-lines.ts'

export interface ImportRouteParts {
  schema: GraphQLSchema
  /** The viewer of a credential. Throws UNAUTHENTICATED. */
  viewerOf: (authorization: string | undefined, address: string) => Promise<Viewer>
  precedence: Precedence
  transactions: Transactions
  long: Transactions
  trail: AuditTrail
  /** Lines that each principal may import. */
  importedLines: RateLimit
  log: Log
  metrics: Metrics
}

const maxLines = 1_000_000
const maxBytes = 1_000_000_000
const idleMs = 60_000

const readers: Record<string, { reader: () => LineReader; isText: boolean }> = {
  'application/x-ndjson': { reader: () => new NdjsonLines(), isText: false },
  'application/ndjson': { reader: () => new NdjsonLines(), isText: false },
  'text/csv': { reader: () => new CsvLines(), isText: true },
  'application/xml': { reader: () => new XmlLines(), isText: true },
  'text/xml': { reader: () => new XmlLines(), isText: true },
}

/** `POST /bulk/import/{mutation}`: many inputs of a mutation, one a line. Responds with what became of each. */
export async function importLines(
  parts: ImportRouteParts,
  mutation: string,
  request: IncomingMessage,
  response: ServerResponse,
  facts: RequestFacts,
): Promise<Refusal | undefined> {
  try {
    const opened = await openImport(parts, mutation, request, response, facts)
    await respond(opened, parts, request, response, facts)
    return undefined
  } catch (error) {
    const { code, message } = publicFailure(error)
    if (code === 'INTERNAL_SERVER_ERROR') throw error
    return { code, message, ...(request.complete ? {} : { headers: { connection: 'close' } }) }
  }
}

async function openImport(
  { schema, viewerOf, precedence, transactions, long, trail, importedLines, metrics }: ImportRouteParts,
  mutation: string,
  request: IncomingMessage,
  response: ServerResponse,
  { address, requestId }: RequestFacts,
) {
  if (request.method !== 'POST') throw clientError('METHOD_NOT_ALLOWED', 'Send a POST.')
  const importable = importables.get(mutation)
  const argument = schema
    .getMutationType()
    ?.getFields()
    [mutation]?.args.find(({ name }) => name === 'input')
  if (!importable || !argument) {
    const names = [...importables.keys()].sort().join(', ')
    throw clientError('NOT_FOUND', `There is no import of ${JSON.stringify(mutation)}. There are imports of ${names}.`)
  }
  const reading = readers[mediaTypeOf(request)]
  if (!reading) {
    const message = `The file is one of ${Object.keys(readers).join(', ')}: say it in "content-type".`
    throw clientError('UNSUPPORTED_MEDIA_TYPE', message)
  }
  const viewer = await viewerOf(request.headers.authorization, address)
  if (!importable.auth.allows(viewer)) {
    const denial = { action: mutation, outcome: 'DENIED', codes: ['FORBIDDEN'] } as const
    for (const entry of auditEntries({ requestId, viewer, operation: 'import' }, denial)) trail.record(entry)
    throw clientError(viewer.kind === 'anonymous' ? 'UNAUTHENTICATED' : 'FORBIDDEN', 'You may not import this.')
  }
  const key = request.headers['idempotency-key']
  if (typeof key !== 'string') {
    const message = 'An import needs an Idempotency-Key header, so that it can be sent again after a cut.'
    throw clientError('IDEMPOTENCY_KEY_REQUIRED', message)
  }
  const options = optionsOf(mutation, new URL(request.url ?? '', 'http://localhost').searchParams)
  const send = (text: string) => void response.write(text)
  const parts = { importable, type: inputTypeOf(argument.type), isText: reading.isText, viewer, requestId, precedence }
  const budget = importedLines.accountOf(viewer, address)
  const writing = { transactions, long, budget, options, key: checkedKey(key), send, metrics }
  const opened = await LineImport.open({ ...parts, ...writing })
  return { opened, reader: reading.reader() }
}

function mediaTypeOf({ headers }: IncomingMessage): string {
  return (headers['content-type'] ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? ''
}

function inputTypeOf(type: GraphQLInputType): GraphQLInputType {
  return isNonNullType(type) ? type.ofType : type
}

const modes = { skip: 'SKIP', stop: 'STOP', rollback: 'ROLLBACK' } as const

function optionsOf(mutation: string, query: URLSearchParams): ImportOptions {
  const onError = query.get('onError') ?? 'skip'
  const dryRun = query.get('dryRun') ?? 'false'
  if (!isMode(onError)) throw clientError('BAD_USER_INPUT', '`onError` is skip, stop or rollback.')
  if (dryRun !== 'true' && dryRun !== 'false') throw clientError('BAD_USER_INPUT', '`dryRun` is true or false.')
  return { mutation, mode: modes[onError], isDryRun: dryRun === 'true' }
}

function isMode(text: string): text is keyof typeof modes {
  return Object.hasOwn(modes, text)
}

async function respond(
  { opened, reader }: Awaited<ReturnType<typeof openImport>>,
  { log, metrics }: ImportRouteParts,
  request: IncomingMessage,
  response: ServerResponse,
  { requestId, startedAt }: RequestFacts,
): Promise<void> {
  response.writeHead(200, { 'content-type': 'application/x-ndjson; charset=utf-8', 'x-accel-buffering': 'no' })
  let end = 'complete'
  try {
    await opened.run(linesOf(request, reader))
    response.end()
  } catch (error) {
    const isGone = request.destroyed && !request.complete
    if (isGone) response.destroy()
    end = isGone ? 'broken off' : reportFailure(error, response, { log, requestId })
  }
  metrics.imports.inc({ outcome: end })
  log.info({ requestId, import: opened.id, durationMs: Math.round(performance.now() - startedAt), end }, 'import ended')
}

/** The last line of the report says why it ends early. */
function reportFailure(
  error: unknown,
  response: ServerResponse,
  { log, requestId }: { log: Log; requestId: string },
): 'failed' | 'refused' {
  const end = (shown: object) => response.end(`${JSON.stringify({ error: shown })}\n`)
  if (error instanceof FileFault) {
    end({ line: error.line, code: 'BAD_USER_INPUT', message: error.message })
    return 'refused'
  }
  const { code, message } = publicFailure(error)
  if (code === 'INTERNAL_SERVER_ERROR') log.error({ requestId, err: error }, 'failed')
  end({ code, message, requestId })
  return isHidden(code) ? 'failed' : 'refused'
}

function publicFailure(error: unknown): { code: ErrorCode; message: string } {
  const shown = publicError(error)
  return { code: codeOf(shown) ?? 'INTERNAL_SERVER_ERROR', message: shown.message }
}

async function* linesOf(request: IncomingMessage, reader: LineReader): AsyncGenerator<readonly InputLine[]> {
  let lines = 0
  let bytes = 0
  const bounded = (found: readonly InputLine[]) => {
    lines += found.length
    if (lines > maxLines) throw clientError('PAYLOAD_TOO_LARGE', `An import has at most ${maxLines} lines.`)
    return found
  }
  // The time in which a file must arrive is not bounded, but each part of it is.
  const idle = setTimeout(() => request.destroy(), idleMs).unref()
  try {
    for await (const piece of request as AsyncIterable<Buffer>) {
      idle.refresh()
      bytes += piece.length
      if (bytes > maxBytes) throw clientError('PAYLOAD_TOO_LARGE', `An import has at most ${maxBytes} bytes.`)
      yield bounded(reader.read(piece))
      idle.refresh()
    }
  } finally {
    // Otherwise it would cut off a later request of the connection.
    clearTimeout(idle)
  }
  yield bounded(reader.end())
}
