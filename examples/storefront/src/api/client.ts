import { cacheExchange } from '@urql/exchange-graphcache'
import { Client, fetchExchange } from 'urql'
import { version } from '../../package.json'
import { cacheSettings } from './cache.ts'
import { consistentFetch } from './consistent-fetch.ts'
import { documentIdExchange } from './document-id-exchange.ts'

/** Customers and visitors have an endpoint of their own; staff use the back office's. */
const urls = { storefront: '/storefront/graphql', backOffice: '/graphql' } as const

/** A client with an empty cache. Each viewer gets their own, so that nobody sees another viewer's data. */
export function createClient(token: string | undefined, endpoint: keyof typeof urls): Client {
  return new Client({
    url: urls[endpoint],
    preferGetMethod: 'within-url-limit',
    fetchSubscriptions: true,
    fetch: consistentFetch(),
    exchanges: [cacheExchange(cacheSettings), documentIdExchange, fetchExchange],
    fetchOptions: {
      headers: {
        'graphql-client-name': 'storefront',
        'graphql-client-version': version,
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
      },
    },
  })
}
