import { setTimeout as pause } from 'node:timers/promises'
import { z } from 'zod'

/** What the warehouse keeps of each type. */
const selections = {
  Category: 'id name',
  Supplier: 'id name country',
  Product: 'id sku name discontinued unitPrice { amount currency } category { id } supplier { id }',
  Customer: 'id code name kind country',
  Order: `id number placedAt status currency customer { id }
    lines { id quantity unitPrice { amount } total { amount } product { id } }`,
} as const

/** The list of each type, those first that others refer to. */
const lists: readonly [string, keyof typeof selections][] = [
  ['categories', 'Category'],
  ['suppliers', 'Supplier'],
  ['products', 'Product'],
  ['customers', 'Customer'],
  ['orders', 'Order'],
]

const fragments = Object.entries(selections).map(([type, fields]) => `... on ${type} { ${fields} }`)
const nodesQuery = `query ($ids: [ID!]!) { nodes(ids: $ids) { __typename ${fragments.join(' ')} } }`
const changesQuery = `query ($after: String!, $first: Int!, $wait: Int!) {
  changes(after: $after, first: $first, wait: $wait) {
    events { topic subjectType subjectId occurredAt payload } endPosition hasMore
  }
}`

const node = z.looseObject({ __typename: z.string(), id: z.string() })
/** An object of the API, with the fields of its selection. */
export type Node = z.infer<typeof node>

const changes = z.object({
  events: z.array(
    z.object({
      topic: z.string(),
      subjectType: z.string(),
      subjectId: z.string(),
      occurredAt: z.string(),
      payload: z.record(z.string(), z.unknown()),
    }),
  ),
  endPosition: z.string(),
  hasMore: z.boolean(),
})
export type Changes = z.infer<typeof changes>

const answer = z.object({
  data: z.unknown(),
  errors: z.array(z.object({ message: z.string(), extensions: z.looseObject({ code: z.string() }) })).optional(),
})

/** The API refuses a request, with one of the codes of docs/errors.md. */
export class Refusal extends Error {
  readonly code: string

  constructor(code: string, message: string) {
    super(`${code}: ${message}`)
    this.code = code
  }
}

/** The same request may succeed later. */
class NotNow extends Error {
  readonly afterMs: number | undefined

  constructor(message: string, afterMs?: number) {
    super(message)
    this.afterMs = afterMs
  }
}

const mostTries = 10
const longestPauseMs = 30_000
const retriedStatuses = new Set([429, 500, 502, 503, 504])
const retriedCodes = new Set(['RATE_LIMITED', 'UNAVAILABLE', 'DEADLINE_EXCEEDED', 'INTERNAL_SERVER_ERROR'])

/** The API as the warehouse uses it. Requests that fail for a moment are sent again, as `Retry-After` says. */
export class Api {
  readonly #url: string
  readonly #token: string
  readonly #signal: AbortSignal

  /** The signal ends requests and pauses. */
  constructor(url: string, token: string, signal: AbortSignal) {
    this.#url = url
    this.#token = token
    this.#signal = signal
  }

  /** The events behind a position, or `now`. Throws `Refusal` with POSITION_EXPIRED where they are no longer kept. */
  async changes(after: string, { first, wait }: { first: number; wait: number }): Promise<Changes> {
    const data = await this.#query(changesQuery, { after, first, wait })
    return z.object({ changes }).parse(data).changes
  }

  /** The objects with these ids, at most 100, as they are now; null for each that is not there or not visible. */
  async nodes(ids: readonly string[]): Promise<(Node | null)[]> {
    const data = await this.#query(nodesQuery, { ids })
    return z.object({ nodes: z.array(node.nullable()) }).parse(data).nodes
  }

  /** Everything, list after list. Throws where a stream breaks off. */
  async *everything(): AsyncGenerator<Node> {
    for (const [list, type] of lists) {
      const query = `{ ${list} { edges { node { __typename ${selections[type]} } } } }`
      const { body } = await this.#repeated(() => this.#send('/bulk/export', 'application/x-ndjson', { query }))
      if (!body) continue
      for await (const line of linesOf(body)) yield node.parse(JSON.parse(line))
    }
  }

  #query(query: string, variables: object): Promise<unknown> {
    return this.#repeated(async () => {
      const response = await this.#send('/graphql', 'application/graphql-response+json', { query, variables })
      return dataOf(answer.parse(await response.json().catch(this.#broken)))
    })
  }

  async #send(path: string, accept: string, body: object): Promise<Response> {
    const response = await fetch(new URL(path, this.#url), {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        accept,
        authorization: `Bearer ${this.#token}`,
        // No token of the server's, so it reads from its primary: a replica may lack what an event has told.
        'x-consistency-token': 'primary',
      },
      body: JSON.stringify(body),
      signal: this.#signal,
    }).catch(this.#broken)
    if (response.ok) return response
    const text = await response.text()
    if (retriedStatuses.has(response.status)) throw new NotNow(text, retryAfterOf(response))
    dataOf(answer.parse(JSON.parse(text)))
    throw new Error(`${response.status}: ${text}`)
  }

  readonly #broken = (error: unknown): never => {
    this.#signal.throwIfAborted()
    throw new NotNow(`The connection broke: ${error}`)
  }

  async #repeated<T>(send: () => Promise<T>): Promise<T> {
    for (let tries = 1; ; tries++) {
      try {
        return await send()
      } catch (error) {
        if (!(error instanceof NotNow) || tries === mostTries) throw error
        const ownMs = Math.min(500 * 2 ** tries, longestPauseMs)
        await pause(error.afterMs ?? ownMs, undefined, { signal: this.#signal })
      }
    }
  }
}

function retryAfterOf({ headers }: Response): number | undefined {
  const seconds = Number(headers.get('retry-after') ?? Number.NaN)
  return Number.isFinite(seconds) ? seconds * 1000 : undefined
}

function dataOf({ data, errors: [error] = [] }: z.infer<typeof answer>): unknown {
  if (!error) return data
  const { message, extensions } = error
  throw retriedCodes.has(extensions.code) ? new NotNow(message) : new Refusal(extensions.code, message)
}

async function* linesOf(body: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder()
  let rest = ''
  for await (const part of body) {
    const lines = (rest + decoder.decode(part, { stream: true })).split('\n')
    rest = lines.pop() ?? ''
    yield* lines
  }
  if (rest !== '') throw new Error('The export ends in the middle of a line.')
}
