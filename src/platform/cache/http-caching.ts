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
