import { setTimeout as wait } from 'node:timers/promises'
import { z } from 'zod'
import { endpoint, headersOf } from '../server.ts'

const graphqlError = z.object({
  message: z.string(),
  extensions: z.object({
    code: z.string(),
    requestId: z.string().optional(),
    retryAfterSeconds: z.number().optional(),
  }),
})
const graphqlResponse = z.object({ data: z.unknown(), errors: z.array(graphqlError).optional() })

/** An error of a response: `code` is for programs, `requestId` finds the line in the server's log. */
export class RequestError extends Error {
  readonly code: string
  readonly requestId: string | undefined

  constructor({ message, extensions }: z.infer<typeof graphqlError>) {
    super(`${extensions.code}: ${message}`)
    this.code = extensions.code
    this.requestId = extensions.requestId
  }
}

/** Errors worth a retry. A query may always be sent again, a mutation with the same idempotency key. */
const temporary = new Set(['RATE_LIMITED', 'UNAVAILABLE', 'DEADLINE_EXCEEDED', 'IDEMPOTENCY_KEY_IN_FLIGHT'])
const attempts = 4

/** Sends a document, retries where that helps, and parses the data. */
export async function request<Data>(shape: z.ZodType<Data>, query: string, variables: object): Promise<Data> {
  for (let attempt = 1; ; attempt++) {
    const { data, errors: [error] = [] } = await send(query, variables)
    if (!error) return shape.parse(data)
    if (attempt === attempts || !temporary.has(error.extensions.code)) throw new RequestError(error)
    // As long as the server says, else longer each time, with a random part, so that clients do not retry all at once.
    await wait(1000 * (error.extensions.retryAfterSeconds ?? 2 ** attempt * 0.1 * (1 + Math.random())))
  }
}

async function send(query: string, variables: object): Promise<z.infer<typeof graphqlResponse>> {
  try {
    const response = await fetch(endpoint, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        accept: 'application/graphql-response+json, application/json;q=0.9',
        ...headersOf('fetch'),
      },
      body: JSON.stringify({ query, variables }),
      signal: AbortSignal.timeout(15_000),
    })
    return graphqlResponse.parse(await response.json())
  } catch (error) {
    // No response, or a proxy's page instead of one.
    const message = error instanceof Error ? error.message : String(error)
    return { data: null, errors: [{ message, extensions: { code: 'UNAVAILABLE' } }] }
  }
}
