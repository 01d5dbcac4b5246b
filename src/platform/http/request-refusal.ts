import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import type { ErrorCode } from '../errors.ts'
import { mediaTypeFor } from './accept.ts'

export interface Refusal {
  code: ErrorCode
  message: string
  headers?: Record<string, string>
}

/**
 * What is refused by the head of a request alone. Tokens travel in a header that no form or link can set; what is left
 * of cross-site request forgery is closed here: POST takes JSON only, which a page of another origin cannot send
 * without asking first, and an origin that is not allowed is not served at all.
 */
export function refusalOf(request: IncomingMessage, allowedOrigins: readonly string[]): Refusal | undefined {
  const { method, headers } = request
  if (headers.origin !== undefined && !isAllowedOrigin(headers.origin, headers, allowedOrigins)) {
    return { code: 'ORIGIN_NOT_ALLOWED', message: 'Pages of this origin may not call the API; see CORS_ORIGINS.' }
  }
  if (method === 'OPTIONS') return undefined
  if (method !== 'GET' && method !== 'POST') {
    const message = `${method} does nothing here: POST runs operations, GET runs queries.`
    return { code: 'METHOD_NOT_ALLOWED', message, headers: { allow: 'GET, POST, OPTIONS' } }
  }
  if (method === 'POST' && mediaType(headers['content-type']) !== 'application/json') {
    const message = 'A POST must have "content-type: application/json".'
    return { code: 'UNSUPPORTED_MEDIA_TYPE', message, headers: { 'accept-post': 'application/json' } }
  }
  if (!mediaTypeFor(headers.accept)) {
    const message =
      'Answers come as application/graphql-response+json or application/json; let `Accept` take one of them.'
    return { code: 'NOT_ACCEPTABLE', message }
  }
  return undefined
}

/** RFC 9110, section 7.2. Yoga builds the request's URL of it, and answers with a stack where that fails. */
export function isHost(host: string | undefined): boolean {
  return !host || (!/[/?#@\\]/.test(host) && URL.canParse(`http://${host}`))
}

function isAllowedOrigin(origin: string, { host }: IncomingHttpHeaders, allowed: readonly string[]): boolean {
  if (allowed.includes(origin)) return true
  return host !== undefined && URL.parse(origin)?.host === host
}

function mediaType(header: string | undefined): string {
  return (header ?? '').split(';')[0]?.trim().toLowerCase() ?? ''
}
