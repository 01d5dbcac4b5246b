import type { IncomingMessage, ServerResponse } from 'node:http'
import type { ExchangeRequest } from '../http/exchange.ts'
import type { CachedResponse } from './cached-responses.ts'

/** Whatever of a request may change the answer to its URL (RFC 9110, section 12.5.5). */
const vary = 'Origin, Accept, Authorization, GraphQL-Client-Name, ApolloGraphQL-Client-Name'

/**
 * What lets others keep an answer that shows only what is public (RFC 9111). One that was asked for with a token may be
 * kept by who asked: a shared cache would have to keep the token beside it, and would go on taking it once it is revoked.
 */
export function cachingHeaders(
  { digest }: CachedResponse,
  { headers }: Pick<ExchangeRequest, 'headers'>,
  maxAgeSeconds: number,
): [name: string, value: string][] {
  const scope = headers.has('authorization') ? 'private' : 'public'
  // One entity tag for one representation: those that differ in their type differ in it too.
  const form = headers.get('accept') === 'application/json' ? 'j' : 'g'
  return [
    ['cache-control', `${scope}, max-age=${maxAgeSeconds}`],
    ['etag', `"${digest}.${form}"`],
    ['vary', vary],
  ]
}

/** Whether the client has the answer already (RFC 9110, section 13.1.2: tags are compared weakly). */
export function isUnchanged({ headers }: IncomingMessage, response: ServerResponse): boolean {
  const tag = response.getHeader('etag')
  const known = headers['if-none-match']
  if (typeof tag !== 'string' || known === undefined) return false
  return known.split(',').some((each) => each.trim() === '*' || each.trim().replace(/^W\//, '') === tag)
}

export function answerUnchanged(response: ServerResponse): void {
  response.writeHead(304).end()
}
