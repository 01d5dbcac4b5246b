import type { IncomingMessage } from 'node:http'
import type { TransportConfig } from '../config/transport-settings.ts'
import type { Refusal } from './request-refusal.ts'

/**
 * Headers of which Node keeps the first and drops the others, or joins all. A proxy in front may have read another one
 * than we do, so two of them are refused. (Two of `Authorization` are a credential that is refused.)
 */
const single = new Set(['content-type', 'content-length', 'host', 'idempotency-key', 'origin'])

/** What is wrong with the head of a request, whatever it asks for. */
export function headErrorOf(request: IncomingMessage, limits: TransportConfig): Refusal | undefined {
  const { url = '', rawHeaders, headers, httpVersion } = request
  if (url.length > limits.urlBytes) {
    return closing('URI_TOO_LONG', `The path and query string are longer than ${limits.urlBytes} bytes; use POST.`)
  }
  // Node's own limit drops what is above it without a word: it might be the token.
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

/** RFC 9110, section 7.2. Yoga builds the request's URL of it, and answers with a stack where that fails. */
function isHost(host: string | undefined): boolean {
  return !host || (!/[/?#@\\]/.test(host) && URL.canParse(`http://${host}`))
}
