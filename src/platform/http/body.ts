import { isUtf8 } from 'node:buffer'
import type { IncomingMessage } from 'node:http'
import type { Refusal } from './request-refusal.ts'

/** The whole body as text, or why it is refused. One that is larger than the limit is neither kept nor waited for. */
export async function readBody(request: IncomingMessage, limit: number): Promise<string | Refusal> {
  if (Number(request.headers['content-length'] ?? 0) > limit) return tooLarge(limit)
  let held = Buffer.alloc(0)
  let size = 0
  // The connection must outlive the reading, to carry the refusal.
  for await (const chunk of request.iterator({ destroyOnReturn: false })) {
    if (!Buffer.isBuffer(chunk)) throw new Error('a request stream must not be decoded')
    if (size + chunk.length > limit) return tooLarge(limit)
    // Copied, not collected: a body that comes byte by byte would be held as so many objects.
    if (size + chunk.length > held.length) held = grown(held, Math.min(limit, 2 * (size + chunk.length)))
    chunk.copy(held, size)
    size += chunk.length
  }
  const body = held.subarray(0, size)
  // Decoding would put U+FFFD in the place of what is not UTF-8, and that would be stored.
  return isUtf8(body) ? body.toString('utf8') : { code: 'BAD_REQUEST', message: 'The body is not UTF-8.' }
}

function grown(held: Buffer, size: number): Buffer<ArrayBuffer> {
  const larger = Buffer.alloc(size)
  held.copy(larger)
  return larger
}

function tooLarge(limit: number): Refusal {
  const message = `The body is larger than ${limit} bytes.`
  return { code: 'PAYLOAD_TOO_LARGE', message, headers: { connection: 'close' } }
}
