import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { encodeId } from '../../../src/platform/graphql/ids.ts'
import { canaries, createCanaryPerson, inTables, keptCanaries } from '../../commerce/support/canaries.ts'
import { createWorld, dataOf, type World } from '../../support/world.ts'
import { doneAfter, exported } from './support/person.ts'

const all = [...Object.values(canaries), ...Object.values(keptCanaries)]

let world: World
beforeAll(async () => {
  world = await createWorld({ data: 'demo', env: { ERASURE_DELAY_HOURS: '0' } })
})
afterAll(() => world?.close())

/** Every row of the person as SQL shows it, without the versions, which count each change. */
function rowsOf(key: string) {
  return world.rowsOf(
    `select jsonb_agg(r.row order by r.row) as rows from (
       select to_jsonb(c) - 'row_ver' as row from commerce.crm_customer c where uid = '${key}'
       union all select to_jsonb(a) - 'row_ver' from commerce.crm_address a where cust_uid = '${key}'
       union all select to_jsonb(o) - 'row_ver' from commerce.so_header o where cust_uid = '${key}'
       union all select to_jsonb(t) from commerce.lg_return t join commerce.so_header o on o.uid = t.so_uid where o.cust_uid = '${key}'
     ) r`,
    z.unknown(),
  )
}

describe('the restriction of a person', () => {
  it('takes every value out of use, and its end puts every value back', async () => {
    const { key, customerId } = await createCanaryPerson(world)
    const before = await rowsOf(key)
    const restricted = await doneAfter(world.as('admin'), 'personRestrict', { customerId })
    expect(await inTables(world, all)).toEqual([])
    expect(restricted.held.map(({ type, keepUntil }) => [type, keepUntil])).toEqual(
      ['Address', 'Customer', 'Order', 'Refund', 'Return', 'StockMovement'].map((type) => [type, null]),
    )
    const read = await world
      .as('support')
      .query('query ($id: ID!) { customer(id: $id) { name code } }', { id: customerId })
    expect(dataOf(read, z.object({ customer: z.object({ name: z.string(), code: z.string() }) })).customer).toEqual({
      name: 'withheld',
      code: expect.stringMatching(/^X[0-9A-F]{11}$/),
    })
    const { data } = await exported(world, 'admin', { customerId })
    expect(all.filter((value) => !JSON.stringify(data).includes(value))).toEqual([])

    const released = await doneAfter(world.as('admin'), 'personRelease', { customerId })
    expect(released.held).toEqual([])
    expect(await rowsOf(key)).toEqual(before)
    const topics = await world.client.domainEvent.findMany({
      where: { topic: { startsWith: 'person.' } },
      orderBy: { written: 'asc' },
      select: { topic: true, payload: true },
    })
    expect(topics).toEqual(
      ['person.restricted', 'person.released'].map((topic) => ({
        topic,
        payload: expect.objectContaining({ subjectId: customerId }),
      })),
    )
  })

  it('holds a value that another person has taken meanwhile, and keeps one that was given meanwhile', async () => {
    const { id } = await world.client.customer.findUniqueOrThrow({ where: { code: 'ALFKI' } })
    const customerId = encodeId('Customer', id)
    const { email, name } = await world.client.customer.findUniqueOrThrow({ where: { id } })
    await doneAfter(world.as('admin'), 'personRestrict', { customerId })
    await world.client.customer.update({ where: { code: 'BONAP' }, data: { email } })
    await world.client.customer.update({ where: { id }, data: { phone: '+49 30 123' } })
    const { held } = await doneAfter(world.as('admin'), 'personRelease', { customerId })
    expect(held).toEqual([{ type: 'Customer', rowCount: 1, keepUntil: null }])
    const now = await world.client.customer.findUniqueOrThrow({ where: { id } })
    expect(now).toMatchObject({
      code: 'ALFKI',
      name,
      phone: '+49 30 123',
      email: expect.stringMatching(/@withheld\.invalid$/),
    })
  })

  it('is followed by an erasure that holds only what a law keeps', async () => {
    const { id } = await world.client.customer.findUniqueOrThrow({ where: { code: 'SAVEA' } })
    const customerId = encodeId('Customer', id)
    const admin = world.as('admin')
    await doneAfter(admin, 'personRestrict', { customerId })
    const { held } = await doneAfter(admin, 'personErase', { customerId, reason: 'UNLAWFUL' })
    expect(held.filter(({ keepUntil }) => keepUntil === null)).toEqual([])
    expect((await doneAfter(admin, 'personRelease', { customerId })).rowCount).toBe(0)
  })
})
