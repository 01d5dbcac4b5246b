import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { codesOf, createWorld, dataOf, type World } from '../support/world.ts'
import { lineOf, shipTo } from './support/order-place.ts'

let world: World
beforeAll(async () => {
  world = await createWorld()
  await world.client.product.updateMany({ data: { stockOnHand: { increment: 1000 } } })
})
afterAll(() => world.close())

const mutation =
  'mutation ($input: OrderPlaceInput!) { orderPlace(input: $input) { replayed order { id number } userErrors { code } } }'
const payload = z.object({
  replayed: z.boolean(),
  order: z.object({ id: z.string(), number: z.int() }).nullable(),
  userErrors: z.array(z.object({ code: z.string() })),
})

async function orderInput(idempotencyKey?: string, quantity = 1) {
  return { idempotencyKey, lines: [await lineOf(world, 'NW-0003', quantity)], shipTo }
}

async function place(input: object, viewer = 'customer ALFKI') {
  return dataOf(await world.as(viewer).query(mutation, { input }), z.object({ orderPlace: payload })).orderPlace
}

describe('an idempotency key', () => {
  it('that comes a hundred times at once makes one order and a hundred equal responses', async () => {
    const input = await orderInput(randomUUID())
    const before = await world.client.order.count()

    const answers = await Promise.all(Array.from({ length: 100 }, () => place(input)))

    expect(await world.client.order.count()).toBe(before + 1)
    expect(new Set(answers.map(({ order }) => order?.id)).size).toBe(1)
    expect(answers.filter(({ replayed }) => !replayed)).toHaveLength(1)
  }, 120_000)

  it('with other arguments is refused, and with reordered arguments is the same', async () => {
    const input = await orderInput('once')
    const first = await place(input)

    const reordered = { ...input, shipTo: Object.fromEntries(Object.entries(shipTo).reverse()) }
    expect(await place(reordered)).toEqual({ ...first, replayed: true })
    const other = await world.as('customer ALFKI').query(mutation, { input: await orderInput('once', 2) })
    expect(codesOf(other)).toEqual(['IDEMPOTENCY_KEY_REUSED'])
    expect(other.data).toEqual({ orderPlace: null })
  })

  it('of an order that took the last units gets that order again, although no unit is left', async () => {
    const { id } = await world.client.product.findUniqueOrThrow({ where: { sku: 'NW-0007' }, select: { id: true } })
    await world.client
      .$executeRaw`update commerce.md_product set qty_on_hand = qty_reserved + 5 where uid = ${id}::uuid`
    const input = { idempotencyKey: 'last', lines: [await lineOf(world, 'NW-0007', 5)], shipTo }
    const stock = () =>
      world.client.product.findUnique({ where: { id }, select: { stockOnHand: true, stockReserved: true } })

    const first = await place(input)
    const taken = await stock()

    expect(first).toMatchObject({ replayed: false, userErrors: [] })
    expect(await place(input)).toEqual({ ...first, replayed: true })
    expect((await place({ ...input, idempotencyKey: 'later' })).userErrors).toEqual([{ code: 'INSUFFICIENT_STOCK' }])
    expect(await stock()).toEqual(taken)
  })

  it('of one principal is independent of another principal’s', async () => {
    const input = await orderInput('shared')
    const [mine, theirs] = [await place(input), await place(input, 'customer BONAP')]
    expect([mine.replayed, theirs.replayed]).toEqual([false, false])
    expect(theirs.order?.id).not.toBe(mine.order?.id)
  })

  it('of a refused mutation is free for the corrected one', async () => {
    const refused = await place({ ...(await orderInput('mended')), lines: [] })
    expect(refused.userErrors).toEqual([{ code: 'EMPTY_ORDER' }])
    expect(await place(await orderInput('mended'))).toMatchObject({ replayed: false, userErrors: [] })
  })

  it('is forgotten after a day', async () => {
    const input = await orderInput('yesterday')
    const first = await place(input)
    const dayAgo = new Date(Date.now() - 24 * 3_600_000 - 1000)
    await world.client.idempotencyRecord.updateMany({ where: { key: 'yesterday' }, data: { createdAt: dayAgo } })

    const again = await place(input)

    expect(again.replayed).toBe(false)
    expect(again.order?.id).not.toBe(first.order?.id)
  })

  it.each(['', 'two words', 'ü', 'x'.repeat(256)])('such as "%s" is refused', async (idempotencyKey) => {
    const answered = await world.as('customer ALFKI').query(mutation, { input: await orderInput(idempotencyKey) })
    expect(codesOf(answered)).toEqual(['BAD_USER_INPUT'])
  })
})

describe('an Idempotency-Key header', () => {
  it('serves each mutation of its request, by response key', async () => {
    const input = await orderInput()
    const fields = '{ replayed order { id } }'
    const query = `mutation ($input: OrderPlaceInput!) { a: orderPlace(input: $input) ${fields} b: orderPlace(input: $input) ${fields} }`
    const send = async () => {
      const response = await world.fetchGraphQL({
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          authorization: `Bearer ${await world.tokenFor('customer ALFKI')}`,
          'idempotency-key': 'of-the-request',
        },
        body: JSON.stringify({ query, variables: { input } }),
      })
      const one = z.object({ replayed: z.boolean(), order: z.object({ id: z.string() }) })
      return z.object({ data: z.object({ a: one, b: one }) }).parse(await response.json()).data
    }

    const [first, again] = [await send(), await send()]

    expect([first.a.replayed, first.b.replayed]).toEqual([false, false])
    expect(first.a.order.id).not.toBe(first.b.order.id)
    expect(again).toEqual({ a: { ...first.a, replayed: true }, b: { ...first.b, replayed: true } })
  })
})
