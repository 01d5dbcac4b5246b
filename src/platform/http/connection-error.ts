import { STATUS_CODES } from 'node:http'
import { errorCatalogue } from '../errors.ts'
import type { Refusal } from './request-refusal.ts'

/** Node's `clientError`: a connection that carries no complete HTTP request. */
export interface ConnectionError extends Error {
  code?: string
}

/** Whether the client closed the connection in the middle of a request, so that nobody reads a response. */
export function hasLeft({ code }: ConnectionError): boolean {
  return code === 'ECONNRESET' || code === 'HPE_INVALID_EOF_STATE'
}

/** Whether a request took longer to arrive than REQUEST_TIMEOUT_MS. */
export function isSlow({ code }: ConnectionError): boolean {
  return code === 'ERR_HTTP_REQUEST_TIMEOUT'
}

export function refusalOfError(error: ConnectionError): Refusal {
  const { code } = error
  if (isSlow(error)) {
    return { code: 'REQUEST_TIMEOUT', message: 'The request did not arrive whole in time.' }
  }
  if (code === 'HPE_HEADER_OVERFLOW') {
    return { code: 'HEADERS_TOO_LARGE', message: 'The head of the request is too large.' }
  }
  if (code === 'HPE_CHUNK_EXTENSIONS_OVERFLOW') {
    return { code: 'PAYLOAD_TOO_LARGE', message: 'The extensions of a chunk are too large.' }
  }
  return { code: 'BAD_REQUEST', message: 'This is no well-formed HTTP/1.1 request.' }
}

/** A whole HTTP response as text, for a connection without a request. It is the last response of the connection. */
export function rawAnswer(code: Refusal['code'], body: string, headers: Readonly<Record<string, string>>): string {
  const { status } = errorCatalogue[code]
  const all = { ...headers, 'content-length': String(Buffer.byteLength(body)), connection: 'close' }
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}`)
  return [`HTTP/1.1 ${status} ${STATUS_CODES[status]}`, ...lines, '', body].join('\r\n')
}
