import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import type { ErrorCode } from '../errors.ts'
import { acceptsEventStream, mediaTypeFor } from './accept.ts'

export interface Refusal {
  code: ErrorCode
  message: string
  headers?: Record<string, string>
}

/**
 * Refuses a well-formed request by its head alone. Tokens travel in a header that no form or link can set. The rest of
 * cross-site request forgery is prevented here: POST takes JSON only, which a page of another origin cannot send
 * without a preflight; an origin that is not allowed gets no response data; and Fetch Metadata reveals requests that
 * other sites embed (images, scripts) and that have no `Origin`: see originRefusal.
 */
export function refusalOf({ method, headers }: IncomingMessage): Refusal | undefined {
  if (method !== 'GET' && method !== 'POST') {
    const message = `${method} does nothing here: POST runs operations, GET runs queries.`
    return { code: 'METHOD_NOT_ALLOWED', message, headers: { allow: 'GET, POST, OPTIONS' } }
  }
  if (method === 'POST' && !isJson(headers)) return notJson
  if (!mediaTypeFor(headers.accept) && !acceptsEventStream(headers.accept)) {
    const message =
      'Answers come as application/graphql-response+json, application/json or text/event-stream; let `Accept` take one of them.'
    return { code: 'NOT_ACCEPTABLE', message }
  }
  return undefined
}

export const notJson: Refusal = {
  code: 'UNSUPPORTED_MEDIA_TYPE',
  message: 'A body must have "content-type: application/json", in UTF-8 and without a content encoding.',
  headers: { 'accept-post': 'application/json' },
}

/** Refuses what is not a POST of JSON. */
export function postedJsonRefusal({ method, headers }: IncomingMessage): Refusal | undefined {
  if (method !== 'POST')
    return { code: 'METHOD_NOT_ALLOWED', message: 'Send a POST.', headers: { allow: 'POST, OPTIONS' } }
  return isJson(headers) ? undefined : notJson
}

/** Also for WebSockets, which a page of any origin may open. */
export function originRefusal({ headers }: IncomingMessage, allowedOrigins: readonly string[]): Refusal | undefined {
  const { origin } = headers
  if (origin === undefined ? !isEmbedded(headers) : isAllowedOrigin(origin, headers, allowedOrigins)) return undefined
  return { code: 'ORIGIN_NOT_ALLOWED', message: 'Pages of this origin may not call the API; see CORS_ORIGINS.' }
}

function isAllowedOrigin(origin: string, { host }: IncomingHttpHeaders, allowed: readonly string[]): boolean {
  if (allowed.includes(origin)) return true
  return host !== undefined && URL.parse(origin)?.host === host
}

/** A request that another site's page embeds, without `Origin`. A link that a person follows is not one. */
function isEmbedded(headers: IncomingHttpHeaders): boolean {
  const { 'sec-fetch-site': site, 'sec-fetch-mode': mode, 'sec-fetch-dest': destination } = headers
  const followed = mode === 'navigate' && (destination ?? 'document') === 'document'
  return (site === 'cross-site' || site === 'same-site') && !followed
}

/** RFC 8259, section 8.1: JSON is UTF-8. Another charset would be misread. */
export function isJson(headers: IncomingHttpHeaders): boolean {
  const [type, ...parameters] = (headers['content-type'] ?? '').split(';').map((part) => part.trim().toLowerCase())
  const charset = parameters.find((parameter) => parameter.startsWith('charset='))?.slice('charset='.length)
  const encoding = headers['content-encoding']?.trim().toLowerCase() ?? 'identity'
  return type === 'application/json' && /^("?)utf-?8\1$/.test(charset ?? 'utf-8') && encoding === 'identity'
}
