import { Client, fetchExchange } from '@urql/core'
import { cacheExchange } from '@urql/exchange-graphcache'
import { relayPagination } from '@urql/exchange-graphcache/extras'
import { consistentFetch } from '../consistent-fetch.ts'
import { endpoint, headersOf } from '../server.ts'

export const client = new Client({
  url: endpoint,
  preferGetMethod: false,
  fetch: consistentFetch,
  fetchOptions: { headers: headersOf('urql') },
  exchanges: [
    cacheExchange({
      // Ids are global, so objects are cached by id. An object without an id is a part of its parent.
      keys: { Money: () => null, ShippingAddress: () => null, Viewer: () => null },
      resolvers: { Query: { orders: relayPagination() } },
    }),
    fetchExchange,
  ],
})
