import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { demoCustomer } from '../../prisma/demo/viewers.ts'
import { encodeId } from '../../src/platform/graphql/ids.ts'
import { onServer } from '../support/database-server.ts'
import { codesOf, createWorld, type World } from '../support/world.ts'
import { ask, unknownId } from './support/master-data.ts'
import { lineOf, place, shipTo } from './support/order-place.ts'

let world: World
beforeAll(async () => {
  world = await createWorld()
  await world.client.product.updateMany({ data: { stockOnHand: { increment: 100 } } })
})
afterAll(() => world.close())

const alfki = demoCustomer('ALFKI').sub

/** The audit entries of one mutation, oldest first. */
async function rowsOf(action: string) {
  const rows = (await world.audited()).filter((row) => row.action === action)
  return rows.map(({ principalId, outcome, subjectType, subjectIds, fields, codes }) => {
    return { principalId, outcome, subjectType, subjectIds, fields, codes }
  })
}

const orderInput = async (quantity = 1) => ({ lines: [await lineOf(world, 'NW-0003', quantity)], shipTo })

describe('a mutation', () => {
  it('that succeeds has its audit entry at once, in the statement that writes its event', async () => {
    const input = await orderInput()

    const statements = await world.statementsOf(() => place(world.as('customer ALFKI'), input))
    // Without waiting for the trail: the entry was written with the order.
    const [row, ...others] = await world.client.auditEvent.findMany({ where: { action: 'orderPlace' } })

    expect(others).toEqual([])
    const order = await world.client.order.findFirstOrThrow({ orderBy: { number: 'desc' } })
    expect(row).toMatchObject({
      principalKind: 'customer',
      principalId: alfki,
      outcome: 'DONE',
      subjectType: 'Order',
      subjectIds: [encodeId('Order', order.id)],
      fields: [],
      codes: [],
    })
    expect(statements).toHaveLength(9)
    const writing = statements.filter(({ sql }) => sql.includes('pf_audit'))
    expect(writing.map(({ sql }) => sql.includes('pf_outbox'))).toEqual([true])
  })

  it('that changes nothing has an audit entry too', async () => {
    const { version } = await world.client.customer.findUniqueOrThrow({ where: { code: 'BERGS' } })
    await ask(world, 'admin', 'customerUpdate', { customerId: demoCustomer('BERGS').sub, version, country: 'SE' }, '')

    expect(await rowsOf('customerUpdate')).toEqual([
      {
        ...{ principalId: 'staff-admin', outcome: 'DONE', subjectType: 'Customer', fields: [], codes: [] },
        subjectIds: [demoCustomer('BERGS').sub],
      },
    ])
  })

  it('that is replayed, refused, denied or malformed has an audit entry with its outcome and the ids it named', async () => {
    const orderId = unknownId('Order')
    const input = { idempotencyKey: 'again', name: 'Cheeses', description: null }
    await ask(world, 'admin', 'categoryCreate', input, 'category { id }')
    await ask(world, 'admin', 'categoryCreate', input, 'category { id }')
    await ask(world, 'admin', 'categoryCreate', { ...input, name: 'Teas' }, 'category { id }')
    await ask(world, 'support', 'categoryCreate', input, 'category { id }')
    await ask(world, 'customer ALFKI', 'orderCancel', { orderId, reason: 'x'.repeat(501) }, 'order { id }')
    await ask(world, 'customer ALFKI', 'orderCancel', { orderId: `p1anted_${orderId}` }, 'order { id }')

    const { id } = await world.client.category.findUniqueOrThrow({ where: { name: 'Cheeses' } })
    const made = { subjectType: 'Category', subjectIds: [encodeId('Category', id)], fields: [], codes: [] }
    const byAdmin = { principalId: 'staff-admin', fields: [] }
    expect(await rowsOf('categoryCreate')).toEqual([
      { ...made, ...byAdmin, outcome: 'DONE' },
      { ...made, ...byAdmin, outcome: 'REPLAYED' },
      {
        ...{ ...byAdmin, outcome: 'REFUSED', codes: ['IDEMPOTENCY_KEY_REUSED'] },
        ...{ subjectType: 'Category', subjectIds: [] },
      },
      {
        ...{ principalId: 'staff-support', outcome: 'DENIED', codes: ['FORBIDDEN'] },
        ...{ subjectType: null, subjectIds: [], fields: [] },
      },
    ])
    const refused = { principalId: alfki, outcome: 'REFUSED', subjectType: 'Order', fields: [] }
    expect(await rowsOf('orderCancel')).toEqual([
      { ...refused, subjectIds: [orderId], codes: ['TOO_LONG'] },
      // A text that is no id is the client's own, and is not recorded.
      { ...refused, subjectIds: [], codes: ['ORDER_UNKNOWN'] },
    ])
  })

  it('that denies by itself is recorded as denied', async () => {
    const answered = await ask(world, 'customer ALFKI', 'customerUpdate', { version: 1, country: 'FR' }, '')

    expect(codesOf(answered)).toEqual(['FORBIDDEN'])
    expect((await rowsOf('customerUpdate')).at(-1)).toEqual({
      ...{ principalId: alfki, outcome: 'DENIED', subjectType: 'Customer', subjectIds: [], fields: [] },
      codes: ['FORBIDDEN'],
    })
  })
})

describe('a connection that breaks during the commit', () => {
  it('leaves neither the order nor an entry of success, but an entry of failure', async () => {
    const answeredAt = async () => ({
      orders: await world.client.order.count(),
      done: (await rowsOf('orderPlace')).filter(({ outcome }) => outcome === 'DONE').length,
      failed: (await rowsOf('orderPlace')).filter(({ outcome }) => outcome === 'FAILED').length,
    })
    const before = await answeredAt()
    // Deferred triggers fire at COMMIT.
    await world.client.$executeRawUnsafe(`create function cut_off() returns trigger language plpgsql as
      $$ begin perform pg_terminate_backend(pg_backend_pid()); return null; end $$`)
    await world.client.$executeRawUnsafe(`create constraint trigger cut_off after insert on commerce.so_header
      deferrable initially deferred for each row execute function cut_off()`)
    const mutation = 'mutation ($input: OrderPlaceInput!) { orderPlace(input: $input) { order { id } } }'
    const variables = { input: { idempotencyKey: randomUUID(), ...(await orderInput()) } }

    const cut = await world.as('customer ALFKI').query(mutation, variables)
    await onServer(world.databaseUrl, 'drop trigger cut_off on commerce.so_header')

    expect(codesOf(cut)).toEqual(['UNAVAILABLE'])
    expect(await answeredAt()).toEqual({ ...before, failed: before.failed + 1 })
    expect((await rowsOf('orderPlace')).at(-1)?.codes).toEqual(['UNAVAILABLE'])

    const again = await world.as('customer ALFKI').query(mutation, variables)
    expect(codesOf(again)).toEqual([])
    expect(await answeredAt()).toEqual({
      orders: before.orders + 1,
      done: before.done + 1,
      failed: before.failed + 1,
    })
  })
})
