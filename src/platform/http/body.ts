import { isUtf8 } from 'node:buffer'
import type { IncomingMessage } from 'node:http'
import type { Refusal } from './request-refusal.ts'

/** The whole body as text, or why it is refused. One that is larger than the limit is not read further. */
export async function readBody(request: IncomingMessage, limit: number): Promise<string | Refusal> {
  if (Number(request.headers['content-length'] ?? 0) > limit) return tooLarge(limit)
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of request) {
    if (!Buffer.isBuffer(chunk)) throw new Error('a request stream must not be decoded')
    size += chunk.length
    if (size > limit) return tooLarge(limit)
    chunks.push(chunk)
  }
  const body = Buffer.concat(chunks)
  // Decoding would put U+FFFD in the place of what is not UTF-8, and that would be stored.
  return isUtf8(body) ? body.toString('utf8') : { code: 'BAD_REQUEST', message: 'The body is not UTF-8.' }
}

function tooLarge(limit: number): Refusal {
  const message = `The body is larger than ${limit} bytes.`
  return { code: 'PAYLOAD_TOO_LARGE', message, headers: { connection: 'close' } }
}
