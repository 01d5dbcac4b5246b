import { z } from 'zod'
import type { RemoteCall } from '../context.ts'

interface GraphQLCall<Data> {
  document: string
  variables: Readonly<Record<string, unknown>>
  /** The form of `data`. */
  data: z.ZodType<Data>
  /** The key of a mutation. */
  idempotencyKey?: string
}

/** A call of a GraphQL service, whose base URL is its endpoint. An answer with errors is not as agreed. */
export function graphqlCall<Data>({ document, variables, data, idempotencyKey }: GraphQLCall<Data>): RemoteCall<Data> {
  return {
    method: 'POST',
    path: [],
    body: { query: document, variables },
    idempotencyKey,
    answer: z.object({ data, errors: z.array(z.unknown()).max(0).optional() }).transform((answer) => answer.data),
  }
}
