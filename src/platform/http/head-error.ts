import type { IncomingMessage } from 'node:http'
import type { TransportConfig } from '../config/transport-settings.ts'
import type { Refusal } from './request-refusal.ts'

/**
 * Headers of which Node keeps the first and drops the others, or joins all. A proxy in front may read another one than
 * this server, so a second one is refused. (Two `Authorization` headers are a refused credential.)
 */
const single = new Set(['content-type', 'content-length', 'host', 'idempotency-key', 'origin'])

/** The error in the head of a request, for every path. */
export function headErrorOf(request: IncomingMessage, limits: TransportConfig): Refusal | undefined {
  const { url = '', rawHeaders, headers, httpVersion } = request
  if (url.length > limits.urlBytes) {
    return closing('URI_TOO_LONG', `The path and query string are longer than ${limits.urlBytes} bytes; use POST.`)
  }
  // Node's own limit silently drops the headers above it, which may include the token.
  if (rawHeaders.length / 2 > limits.headerLines) {
    return closing('HEADERS_TOO_LARGE', `The request has more than ${limits.headerLines} header lines.`)
  }
  const twice = repeated(rawHeaders)
  if (twice) return closing('BAD_REQUEST', `The header "${twice}" comes more than once.`)
  if (headers.host === undefined && httpVersion === '1.1') return closing('BAD_REQUEST', 'There is no Host header.')
  if (!isHost(headers.host)) return closing('BAD_REQUEST', 'The Host header names no host.')
  return undefined
}

function closing(code: Refusal['code'], message: string): Refusal {
  return { code, message, headers: { connection: 'close' } }
}

function repeated(rawHeaders: readonly string[]): string | undefined {
  const seen = new Set<string>()
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index]?.toLowerCase() ?? ''
    if (seen.has(name)) return name
    if (single.has(name)) seen.add(name)
  }
  return undefined
}

/** RFC 9110, section 7.2. Yoga builds the request's URL from it, and responds with a stack trace where that fails. */
function isHost(host: string | undefined): boolean {
  return !host || (!/[/?#@\\]/.test(host) && URL.canParse(`http://${host}`))
}
