import { randomUUID } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { z } from 'zod'
import { post } from '../platform/support/call.ts'
import type { Choice } from './choice.ts'
import { type Request, requestOf, type Shop } from './requests.ts'

const answer = z.object({
  errors: z.array(z.object({ extensions: z.object({ code: z.string() }) })).optional(),
  data: z
    .object({
      mutation: z
        .object({
          userErrors: z.array(z.object({ code: z.string() })),
          order: z
            .object({
              id: z.string(),
              version: z.number(),
              grandTotal: z.object({ amount: z.string() }),
              lines: z.array(z.object({ id: z.string() })),
            })
            .nullish(),
        })
        .nullable(),
    })
    .nullish(),
})

type Answer = z.infer<typeof answer>

/** Responses that leave the outcome open: the same request is sent again, with its key. */
const unsettled = new Set(['UNAVAILABLE', 'DEADLINE_EXCEEDED', 'IDEMPOTENCY_KEY_IN_FLIGHT', 'INTERNAL_SERVER_ERROR'])
const retryPauseMs = 100
const maxTries = 300

/**
 * A client of the shop that repeats a request with the same key until there is a response, whatever happens to the
 * server.
 */
export class Caller {
  /** The number of successes of each mutation. */
  readonly done = new Map<string, number>()
  readonly refused = new Map<string, number>()
  readonly #shop: Shop
  readonly #tokens: { customer: string; staff: string }

  constructor(shop: Shop, tokens: { customer: string; staff: string }) {
    this.#shop = shop
    this.#tokens = tokens
  }

  async perform(choice: Choice): Promise<void> {
    const request = requestOf(choice, this.#shop)
    if (!request) return
    const { data } = await this.#untilAnswered(request, randomUUID())
    const [refusal] = data?.mutation?.userErrors ?? []
    if (refusal) count(this.refused, refusal.code)
    else count(this.done, request.mutation)
    if (data?.mutation?.order) this.#remember(data.mutation.order)
  }

  async #untilAnswered(request: Request, idempotencyKey: string): Promise<Answer> {
    for (let attempt = 0; attempt < maxTries; attempt++) {
      const received = await this.#send(request, idempotencyKey)
      if (received) return received
      // The pause of a client between two tries, and no wait for an event.
      await delay(retryPauseMs)
    }
    throw new Error(`no answer to ${JSON.stringify(request)}`)
  }

  /** Undefined where the server was killed before or during its response, or could not tell. */
  async #send({ query, input, staff }: Request, idempotencyKey: string): Promise<Answer | undefined> {
    const token = staff ? this.#tokens.staff : this.#tokens.customer
    const { url } = await this.#shop.server()
    const body = { query, variables: { input: { ...input, idempotencyKey } } }
    const sent = post(url, body, { authorization: `Bearer ${token}` })
    const received: unknown = await sent.then(({ text }) => JSON.parse(text)).catch(() => undefined)
    if (received === undefined) return undefined
    const parsed = answer.parse(received)
    const codes = (parsed.errors ?? []).map(({ extensions }) => extensions.code)
    if (codes.some((code) => unsettled.has(code))) return undefined
    if (codes.length > 0) throw new Error(`${JSON.stringify(received)} to ${JSON.stringify(body)}`)
    return parsed
  }

  #remember({
    id,
    version,
    grandTotal,
    lines,
  }: NonNullable<NonNullable<NonNullable<Answer['data']>['mutation']>['order']>): void {
    const order = { id, version, due: grandTotal.amount, lineIds: lines.map((line) => line.id) }
    const known = this.#shop.orders.find((one) => one.id === id)
    if (known) Object.assign(known, order)
    else this.#shop.orders.push(order)
  }
}

function count(counts: Map<string, number>, name: string): void {
  counts.set(name, (counts.get(name) ?? 0) + 1)
}
