import { STATUS_CODES } from 'node:http'
import { errorCatalogue } from '../errors.ts'
import type { Refusal } from './request-refusal.ts'

/** What Node says where a connection carries no request that can be handed on: `clientError` of the HTTP server. */
export interface ConnectionError extends Error {
  code?: string
}

/** Whether there is nobody to answer: the client has gone, in the middle of a request. */
export function hasLeft({ code }: ConnectionError): boolean {
  return code === 'ECONNRESET' || code === 'HPE_INVALID_EOF_STATE'
}

/** How to answer a fault. */
export function refusalOfError({ code }: ConnectionError): Refusal {
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') {
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

/** A whole HTTP answer as it goes over the wire, the last of its connection: there is no request to answer through. */
export function rawAnswer(code: Refusal['code'], body: string, headers: Readonly<Record<string, string>>): string {
  const { status } = errorCatalogue[code]
  const all = { ...headers, 'content-length': String(Buffer.byteLength(body)), connection: 'close' }
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}`)
  return [`HTTP/1.1 ${status} ${STATUS_CODES[status]}`, ...lines, '', body].join('\r\n')
}
