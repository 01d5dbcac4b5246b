import { endpoint, headersOf } from '../server.ts'
import type { TypedDocumentString } from './generated/graphql.ts'

interface Answer<Result> {
  data?: Result | null
  errors?: { message: string; extensions: { code: string; requestId: string } }[]
}

/** Sends a generated document. Its type declares the variables and the data. */
export async function execute<Result, Variables>(
  document: TypedDocumentString<Result, Variables>,
  variables: Variables,
): Promise<Answer<Result>> {
  const response = await fetch(endpoint, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/json', ...headersOf('codegen') },
    body: JSON.stringify({ query: document, variables }),
  })
  return response.json()
}
