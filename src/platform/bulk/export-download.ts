import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { pipeline } from 'node:stream/promises'
import { isUnchanged, sendUnchanged } from '../http/conditional.ts'
import type { Refusal } from '../http/request-refusal.ts'
import type { FileFacts } from './file-store.ts'

/** A file that is whole, and does not change any more. */
export interface WholeFile extends FileFacts {
  readonly path: string
  readonly bytes: number
  readonly writtenAt: Date
}

interface Range {
  readonly start: number
  readonly end: number
}

/** Sends a file, or one range of it (RFC 9110, section 14). Undefined where the file is not here. */
export async function sendFile(
  file: WholeFile,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<Refusal | 'sent' | undefined> {
  const found = await stat(file.path).catch(() => undefined)
  if (found?.size !== file.bytes) return undefined
  const tag = `"${file.name}"`
  response.setHeader('accept-ranges', 'bytes')
  response.setHeader('etag', tag)
  response.setHeader('last-modified', file.writtenAt.toUTCString())
  response.setHeader('cache-control', 'private, no-cache')
  if (isUnchanged(request, response)) {
    sendUnchanged(response)
    return 'sent'
  }
  const range = rangeOf(request, file, tag)
  if (range === 'beyond') return beyondEnd(file)
  const { start, end } = range ?? { start: 0, end: file.bytes - 1 }
  response.writeHead(range ? 206 : 200, {
    'content-type': file.mediaType,
    'content-disposition': `attachment; filename="${file.savedAs}"`,
    'content-length': end - start + 1,
    ...(range && { 'content-range': `bytes ${start}-${end}/${file.bytes}` }),
  })
  if (request.method === 'HEAD' || file.bytes === 0) response.end()
  // A failure cuts the response off before its length, and the client asks for the rest.
  else await pipeline(createReadStream(file.path, { start, end }), response).catch(() => {})
  return 'sent'
}

function beyondEnd({ bytes }: WholeFile): Refusal {
  const message = `The file has ${bytes} bytes.`
  return { code: 'RANGE_NOT_SATISFIABLE', message, headers: { 'content-range': `bytes */${bytes}` } }
}

/** Undefined where the whole file is to be sent: also for several ranges, or for the range of another file. */
function rangeOf({ method, headers }: IncomingMessage, file: WholeFile, tag: string): Range | 'beyond' | undefined {
  const [, first, last] = /^bytes=(\d*)-(\d*)$/.exec(headers.range ?? '') ?? []
  if (method !== 'GET' || first === undefined || last === undefined || (first === '' && last === '')) return undefined
  const asked = headers['if-range']
  if (typeof asked === 'string' && asked !== tag && asked !== file.writtenAt.toUTCString()) return undefined
  const end = file.bytes - 1
  if (first === '')
    return Number(last) === 0 || end < 0 ? 'beyond' : { start: Math.max(0, file.bytes - Number(last)), end }
  if (last !== '' && Number(last) < Number(first)) return undefined
  return Number(first) > end ? 'beyond' : { start: Number(first), end: last === '' ? end : Math.min(Number(last), end) }
}
