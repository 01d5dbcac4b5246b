import { z } from 'zod'
import { answer, dataOf, type World } from '../../../support/world.ts'
import { post } from '../../support/call.ts'

const userErrors = z.array(z.object({ code: z.string(), path: z.array(z.string()), message: z.string() }))
const created = z.object({
  webhookCreate: z.object({
    webhook: z.object({ id: z.string(), version: z.number() }).nullable(),
    secret: z.string().nullable(),
    replayed: z.boolean(),
    userErrors,
  }),
})

const createWebhook = `mutation ($input: WebhookCreateInput!) {
  webhookCreate(input: $input) { webhook { id version } secret replayed userErrors { code path message } }
}`

/** Settings under which failures are tried again soon. */
export const hasty = { WEBHOOK_FIRST_RETRY_MS: '100', WEBHOOK_TIMEOUT_MS: '1000' }

/** The response of `webhookCreate` for a viewer. */
export async function tryToCreate(world: Pick<World, 'as'>, input: object, viewer = 'admin') {
  return dataOf(await world.as(viewer).query(createWebhook, { input: { name: 'Hook', ...input } }), created)
    .webhookCreate
}

const delivery = z.object({
  id: z.string(),
  topic: z.string(),
  state: z.string(),
  attemptCount: z.number(),
  attempts: z.array(z.object({ number: z.number(), status: z.number().nullable(), outcome: z.string() })),
  nextAttemptAt: z.string().nullable(),
})
export type Delivery = z.infer<typeof delivery>
const deliveries = z.object({ webhookDeliveries: z.object({ edges: z.array(z.object({ node: delivery })) }) })

/** The deliveries of a webhook, newest first. */
export async function deliveriesOf(world: Pick<World, 'as'>, webhookId: string): Promise<Delivery[]> {
  const answered = await world.as('admin').query(
    `query ($id: ID!) { webhookDeliveries(first: 100, filter: { webhookId: $id }) { edges { node {
      id topic state attemptCount attempts { number status outcome } nextAttemptAt } } } }`,
    { id: webhookId },
  )
  return dataOf(answered, deliveries).webhookDeliveries.edges.map(({ node }) => node)
}

const webhook = z.object({
  isEnabled: z.boolean(),
  disabledReason: z.string().nullable(),
  pausedUntil: z.string().nullable(),
})

export async function webhookOf(world: Pick<World, 'as'>, id: string): Promise<z.infer<typeof webhook>> {
  const answered = await world
    .as('admin')
    .query('query ($id: ID!) { node(id: $id) { ... on Webhook { isEnabled disabledReason pausedUntil } } }', { id })
  return dataOf(answered, z.object({ node: webhook })).node
}

/** Runs a mutation of one webhook as the admin. Returns its user errors. */
export async function changeWebhook(world: Pick<World, 'as'>, mutation: string, input: object): Promise<string[]> {
  const type = `${mutation.slice(0, 1).toUpperCase()}${mutation.slice(1)}Input`
  const answered = await world
    .as('admin')
    .query(`mutation ($input: ${type}!) { changed: ${mutation}(input: $input) { userErrors { code path message } } }`, {
      input,
    })
  return dataOf(answered, z.object({ changed: z.object({ userErrors }) })).changed.userErrors.map(({ code }) => code)
}

/** A caller with this credential, under every name. */
export function keyCaller({ url }: Pick<World, 'url'>, credential: string): Pick<World, 'as'> {
  const query = async (query: string, variables: Record<string, unknown> = {}) => {
    const { text } = await post(url, { query, variables }, { authorization: `Bearer ${credential}` })
    return answer.parse(JSON.parse(text))
  }
  return { as: () => ({ query }) }
}
