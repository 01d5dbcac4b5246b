import { isUtf8 } from 'node:buffer'
import type { IncomingMessage } from 'node:http'
import type { Refusal } from './request-refusal.ts'

/** The whole body as text, or why it is refused. A body above the limit is neither stored nor read to its end. */
export function readBody(request: IncomingMessage, limit: number): Promise<string | Refusal> {
  if (Number(request.headers['content-length'] ?? 0) > limit) return Promise.resolve(tooLarge(limit))
  return new Promise((done, fail) => {
    let held: Buffer = Buffer.alloc(0)
    let size = 0
    // By events, because a stream's iterator costs more than the rest of reading a small body.
    const take = (chunk: Buffer) => {
      size += chunk.length
      if (size <= limit) {
        held = joined(held, size - chunk.length, chunk, limit)
        return
      }
      // The connection must stay open to carry the refusal.
      request.off('data', take).pause()
      done(tooLarge(limit))
    }
    request.on('data', take)
    request.once('end', () => done(textOf(held.subarray(0, size))))
    request.once('error', fail)
    request.once('close', () => {
      if (!request.complete) fail(new Error('the connection ended before the body did'))
    })
  })
}

/** Copies into one buffer: a body that arrives byte by byte would otherwise be held as many objects. */
function joined(held: Buffer, size: number, chunk: Buffer, limit: number): Buffer {
  if (size === 0) return chunk
  const needed = size + chunk.length
  const room = needed > held.length ? grown(held, Math.min(limit, 2 * needed)) : held
  chunk.copy(room, size)
  return room
}

/** Decoding would replace invalid UTF-8 by U+FFFD, and the database would store that. */
function textOf(body: Buffer): string | Refusal {
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
