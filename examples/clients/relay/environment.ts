import { Environment, type FetchFunction, Network, RecordSource, Store } from 'relay-runtime'
import { endpoint, headersOf } from '../server.ts'

const fetchGraphQL: FetchFunction = async ({ id, text }, variables) => {
  const response = await fetch(endpoint, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/json', ...headersOf('relay') },
    // With `persistConfig` an operation has an id instead of its text.
    body: JSON.stringify({ ...(id ? { documentId: id } : { query: text }), variables }),
  })
  return response.json()
}

export const environment = new Environment({
  network: Network.create(fetchGraphQL),
  store: new Store(new RecordSource()),
})
