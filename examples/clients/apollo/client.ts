import { createHash } from 'node:crypto'
import { ApolloClient, ApolloLink, HttpLink, InMemoryCache } from '@apollo/client'
import { PersistedQueryLink } from '@apollo/client/link/persisted-queries'
import { RetryLink } from '@apollo/client/link/retry'
import { relayStylePagination } from '@apollo/client/utilities'
import { generatePersistedQueryIdsAtRuntime } from '@apollo/persisted-query-lists'
import { consistentFetch } from '../consistent-fetch.ts'
import { endpoint, headersOf } from '../server.ts'

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex')

export const client = new ApolloClient({
  link: ApolloLink.from([
    // Retries requests without a response. That is safe, because mutations have their idempotency key among the
    // variables.
    new RetryLink({ attempts: { max: 4 } }),
    // Sends ids instead of documents. A server that takes no ids gets the documents.
    new PersistedQueryLink({
      ...generatePersistedQueryIdsAtRuntime({ sha256 }),
      disable: ({ meta }) => meta.persistedQueryNotSupported,
    }),
    new HttpLink({ uri: endpoint, headers: headersOf('apollo'), fetch: consistentFetch }),
  ]),
  cache: new InMemoryCache({
    typePolicies: {
      Query: {
        fields: {
          // One list for each filter and sort, which pages extend.
          products: relayStylePagination(['filter', 'sort']),
        },
      },
    },
  }),
})
