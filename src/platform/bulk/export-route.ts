import type { IncomingMessage, ServerResponse } from 'node:http'
import { Readable, type Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGzip, createZstdCompress } from 'node:zlib'
import { readBody } from '../http/body.ts'
import { encodingFor } from '../http/content-encoding.ts'
import { ExchangeRequest, type ExchangeResponse, type RequestFacts } from '../http/exchange.ts'
import { postedJsonRefusal, type Refusal } from '../http/request-refusal.ts'
import { weightedMembers } from '../http/weights.ts'
import { ListExport, type ListExportParts } from './list-export.ts'
import { type Format, mediaTypes } from './row-format.ts'

/** `POST /bulk/export`: the rows of one list as a stream. */
export async function exportRows(
  parts: ListExportParts & { bodyBytes: number },
  request: IncomingMessage,
  response: ServerResponse,
  facts: RequestFacts,
): Promise<Refusal | ExchangeResponse | undefined> {
  const refusal = postedJsonRefusal(request)
  if (refusal) return refusal
  const format = formatFor(request.headers.accept)
  if (!format) {
    const message = 'Rows come as application/x-ndjson, text/csv or application/xml; let `Accept` take one of them.'
    return { code: 'NOT_ACCEPTABLE', message }
  }
  const text = await readBody(request, parts.bodyBytes)
  if (typeof text !== 'string') return text
  const asLines = new URL(request.url ?? '', 'http://localhost').searchParams.get('nested') === 'lines'
  const opened = await ListExport.open(parts, { request: graphqlRequest(request, { ...facts, text }), format, asLines })
  if (!(opened instanceof ListExport)) return opened ?? { code: 'INTERNAL_SERVER_ERROR', message: 'Unexpected error.' }
  await send(opened, request, response, mediaTypes[format])
  parts.metrics.exports.inc({ kind: 'stream', outcome: opened.end })
  return undefined
}

/** The request as the pipeline takes it: refusals are GraphQL responses. */
function graphqlRequest({ method, url, headers }: IncomingMessage, facts: RequestFacts): ExchangeRequest {
  const accept = 'application/graphql-response+json'
  return new ExchangeRequest({ method, url, headers: { ...headers, accept } }, facts)
}

async function send(rows: ListExport, request: IncomingMessage, response: ServerResponse, type: string): Promise<void> {
  // Also where the client leaves while a page is read.
  response.once('close', () => void rows.close())
  const encoding = encodingFor(request.headers['accept-encoding'], encodings)
  response.writeHead(200, {
    'content-type': type,
    vary: 'accept, accept-encoding',
    ...(encoding && { 'content-encoding': encoding }),
  })
  const text = Readable.from(bytesOf(rows), { objectMode: true, highWaterMark: 1 })
  // A failure cuts the response off before its last chunk, so that nobody takes it for complete.
  const steps = encoding ? [text, compressor(encoding), response] : [text, response]
  await pipeline(steps).catch(() => {})
}

async function* bytesOf(rows: ListExport): AsyncGenerator<Buffer, void, undefined> {
  for await (const { bytes } of rows.parts()) yield bytes
}

/** Those whose streams write what they have before their end. */
const encodings = ['zstd', 'gzip'] as const
type Encoding = (typeof encodings)[number]

function compressor(encoding: Encoding): Transform {
  return encoding === 'gzip' ? createGzip({ level: 4 }) : createZstdCompress()
}

/** The first format that a client accepts with the highest weight (RFC 9110, section 12.5.1). */
function formatFor(accept = '*/*'): Format | undefined {
  const accepted = weightedMembers(accept)
    .filter(({ weight }) => weight > 0)
    .toSorted((a, b) => b.weight - a.weight)
  const names: readonly [string, Format][] = [
    ['application/x-ndjson', 'ndjson'],
    ['application/ndjson', 'ndjson'],
    ['text/csv', 'csv'],
    ['application/xml', 'xml'],
    ['text/xml', 'xml'],
    ['application/*', 'ndjson'],
    ['text/*', 'csv'],
    ['*/*', 'ndjson'],
  ]
  for (const { name } of accepted) {
    const format = names.find(([type]) => type === name)?.[1]
    if (format) return format
  }
  return undefined
}
