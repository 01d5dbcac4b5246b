import type { IncomingMessage, ServerResponse } from 'node:http'
import { type ContentEncoding, compressed, encodingFor, refusesIdentity } from './content-encoding.ts'

type Body = string | Buffer

/** Smaller bodies fit into one packet with their head anyway. */
const minCompressedBytes = 1000

/** The coding of a body that may be compressed; undefined where it goes as it is. Sets `Vary`. */
export function chooseEncoding(
  { headers }: IncomingMessage,
  response: ServerResponse,
  body: Body,
): ContentEncoding | undefined {
  response.appendHeader('vary', 'accept-encoding')
  const accepted = headers['accept-encoding']
  if (Buffer.byteLength(body) < minCompressedBytes && !refusesIdentity(accepted)) return undefined
  return encodingFor(accepted)
}

/**
 * Sends head and body in one piece, so that a small response is one packet. A HEAD gets the same head without the body.
 * Nothing is kept of a body whose client leaves while it is compressed.
 */
export function sendBody(response: ServerResponse, body: Body, encoding?: ContentEncoding): void {
  const made = encoding && compressed(Buffer.from(body), encoding)
  if (!(made instanceof Promise)) end(response, made ?? body, made && encoding)
  else
    made.then(
      (bytes) => end(response, bytes, encoding),
      () => end(response, body),
    )
}

function end(response: ServerResponse, body: Body, encoding?: ContentEncoding): void {
  if (response.destroyed) return
  if (encoding) response.setHeader('content-encoding', encoding)
  response.setHeader('content-length', Buffer.byteLength(body))
  setImmediate(() => response.end(body))
}
