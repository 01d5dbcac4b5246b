import { randomUUID } from 'node:crypto'
import { z } from 'zod'
import { encodeId, parseId } from '../../../src/platform/graphql/ids.ts'
import { type Answer, dataOf, type World } from '../../support/world.ts'

const payload = z.looseObject({
  replayed: z.boolean(),
  userErrors: z.array(z.object({ code: z.string(), path: z.array(z.string()), message: z.string() })),
})

export const unknownId = (type: string) => encodeId(type, '018f0000-0000-7000-8000-000000000000')

/**
 * Calls a mutation as this viewer, with a new key unless the input has one. `select` is the selection of its payload.
 */
export function ask(world: World, viewer: string, mutation: string, input: object, select: string): Promise<Answer> {
  const type = `${mutation.slice(0, 1).toUpperCase()}${mutation.slice(1)}Input`
  const query = `mutation ($input: ${type}!) {
    mutation: ${mutation}(input: $input) { replayed userErrors { code path message } ${select} }
  }`
  return world.as(viewer).query(query, { input: { idempotencyKey: randomUUID(), ...input } })
}

/** The outcome of a mutation: `refusals` are codes and paths of user errors, `changed` is what was selected. */
export async function call(world: World, viewer: string, mutation: string, input: object, select: string) {
  const answered = await ask(world, viewer, mutation, input, select)
  const { userErrors, replayed, ...changed } = dataOf(answered, z.object({ mutation: payload })).mutation
  return { refusals: userErrors.map(({ code, path }) => `${code} ${path.join('.')}`), userErrors, replayed, changed }
}

/** The events of an object in sequence, which must have no gap. */
export async function eventsAbout(world: World, type: string, publicId: string) {
  const events = await world.client.domainEvent.findMany({
    where: { aggregateType: type, aggregateKey: parseId(type, publicId) ?? '' },
    orderBy: { sequence: 'asc' },
  })
  if (events.some(({ sequence }, index) => sequence !== index + 1))
    throw new Error(`the events of ${publicId} have a gap`)
  // Tests prepare their rows in plain SQL, which is captured.
  const told = events.filter(({ actorKind }) => actorKind !== 'database')
  return told.map(({ topic, ownerKey, payload }) => ({ topic, ownerId: ownerKey, payload }))
}

/** Everything that mutations of catalogue and customers change: equal before and after means no change. */
export async function masterData({ client }: World) {
  return {
    products: await client.product.findMany({ orderBy: { id: 'asc' } }),
    movements: await client.stockMovement.aggregate({ _count: true, _sum: { quantity: true } }),
    categories: await client.category.findMany({ orderBy: { id: 'asc' } }),
    customers: await client.customer.findMany({ orderBy: { id: 'asc' } }),
    addresses: await client.address.findMany({ orderBy: { id: 'asc' } }),
    events: await client.domainEvent.count(),
    keys: await client.idempotencyRecord.count(),
  }
}
