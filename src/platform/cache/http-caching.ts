import type { ExchangeRequest } from '../http/exchange.ts'
import type { CachedResponse } from './cached-responses.ts'

/** Request headers that may change the response to a URL (RFC 9110, section 12.5.5). */
const vary = 'Origin, Accept, Authorization, GraphQL-Client-Name, ApolloGraphQL-Client-Name, X-Consistency-Token'

/**
 * Headers that let HTTP caches store a response with public data (RFC 9111). Only a private cache may store a response to a
 * request with a token: a shared cache would still serve it after the token is revoked.
 */
export function cachingHeaders(
  { digest }: CachedResponse,
  { headers }: Pick<ExchangeRequest, 'headers'>,
  maxAgeSeconds: number,
): [name: string, value: string][] {
  const scope = headers.has('authorization') ? 'private' : 'public'
  // Representations of different media types have different entity tags. It is weak, because those of different codings
  // have the same one.
  const form = headers.get('accept') === 'application/json' ? 'j' : 'g'
  return [
    ['cache-control', `${scope}, max-age=${maxAgeSeconds}`],
    ['etag', `W/"${digest}.${form}"`],
    ['vary', vary],
  ]
}
