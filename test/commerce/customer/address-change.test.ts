import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { demoCustomer } from '../../../prisma/demo/viewers.ts'
import { encodeId, parseId } from '../../../src/platform/graphql/ids.ts'
import { codesOf, createWorld, type World } from '../../support/world.ts'
import { ask, call, eventsAbout, masterData, unknownId } from '../support/master-data.ts'

const fields = 'id recipient street city region postalCode country version'
const select = `address { ${fields} } customer { addresses { id } }`
const changedAddress = z.object({ address: z.object({ id: z.string() }) })
const home = { recipient: 'Ada', street: 'Main St 1', city: 'Ulm', country: 'DE' }
const idOf = (code: string) => demoCustomer(code).sub

let world: World
beforeAll(async () => {
  world = await createWorld()
})
afterAll(() => world.close())

const add = (viewer: string, input: object) => call(world, viewer, 'addressAdd', { ...home, ...input }, select)
const update = (viewer: string, input: object) => call(world, viewer, 'addressUpdate', { version: 1, ...input }, select)
const remove = (viewer: string, addressId: string) =>
  call(world, viewer, 'addressRemove', { addressId }, 'customer { addresses { id } }')

async function addressOf(code: string): Promise<string> {
  const customerId = parseId('Customer', idOf(code)) ?? ''
  return encodeId('Address', (await world.client.address.findFirstOrThrow({ where: { customerId } })).id)
}

describe('an address', () => {
  it('is added, changed and removed by its customer, with events that do not contain it', async () => {
    const customerId = idOf('ALFKI')
    const known = { id: await addressOf('ALFKI') }

    const added = await add('customer ALFKI', { recipient: ' Ada ', postalCode: '89073' })
    const { id } = changedAddress.parse(added.changed).address
    const updated = await update('customer ALFKI', {
      addressId: id,
      street: 'Main St 2',
      postalCode: null,
      city: 'Ulm',
    })
    const removed = await remove('customer ALFKI', id)

    const fresh = { id, ...home, region: null, postalCode: '89073', version: 1 }
    expect(added.changed).toEqual({ address: fresh, customer: { addresses: [known, { id }] } })
    expect(updated.changed).toMatchObject({ address: { ...fresh, street: 'Main St 2', postalCode: null, version: 2 } })
    expect(removed).toMatchObject({ refusals: [], changed: { customer: { addresses: [known] } } })
    const told = { ownerId: parseId('Customer', customerId) }
    expect(await eventsAbout(world, 'Customer', customerId)).toEqual([
      { ...told, topic: 'address.added', payload: { customerId, addressId: id } },
      {
        ...told,
        topic: 'address.updated',
        payload: { customerId, addressId: id, changed: ['street', 'postalCode'] },
      },
      { ...told, topic: 'address.removed', payload: { customerId, addressId: id } },
    ])
  })

  it('is added, changed and removed by staff, who must name the customer', async () => {
    const added = await add('admin', { customerId: idOf('ANATR') })
    const addressId = changedAddress.parse(added.changed).address.id

    expect((await update('admin', { addressId, country: 'FR' })).refusals).toEqual([])
    expect((await remove('admin', addressId)).refusals).toEqual([])
    expect((await add('admin', {})).refusals).toEqual(['CUSTOMER_REQUIRED input.customerId'])
    expect((await add('admin', { customerId: unknownId('Customer') })).refusals).toEqual([
      'CUSTOMER_UNKNOWN input.customerId',
    ])
  })

  it('is not added for a deleted customer, although their token is valid', async () => {
    expect((await add('customer GONE0', {})).refusals).toEqual(['CUSTOMER_UNKNOWN input.customerId'])
  })

  it('is added and removed once for one idempotency key', async () => {
    const input = { idempotencyKey: 'once' }
    const results = [await add('customer ANTON', input), await add('customer ANTON', input)]
    const addressId = changedAddress.parse(results[0]?.changed).address.id
    const removal = { addressId, idempotencyKey: 'once' }
    for (const replayed of [false, true]) {
      const result = await call(world, 'customer ANTON', 'addressRemove', removal, 'customer { id }')
      expect(result).toMatchObject({ replayed, refusals: [], changed: { customer: { id: idOf('ANTON') } } })
    }

    expect(results.map(({ replayed }) => replayed)).toEqual([false, true])
    expect((await remove('customer ANTON', addressId)).refusals).toEqual(['ADDRESS_UNKNOWN input.addressId'])
  })

  it('is one of at most 20, also when thirty are added at once', async () => {
    const results = await Promise.all(Array.from({ length: 30 }, () => add('customer AROUT', {})))

    const refused = results.flatMap(({ refusals }) => refusals)
    expect(refused).toEqual(Array.from({ length: 11 }, () => 'TOO_MANY_ADDRESSES input'))
    expect(await world.client.address.count({ where: { customer: { code: 'AROUT' } } })).toBe(20)
    expect(await eventsAbout(world, 'Customer', idOf('AROUT'))).toHaveLength(19)
  })

  it('is changed by one of two concurrent updates with one version; the other sees the change', async () => {
    const addressId = await addressOf('BERGS')
    const results = await Promise.all(['A', 'B'].map((street) => update('customer BERGS', { addressId, street })))

    expect(results.map(({ refusals }) => refusals).sort()).toEqual([[], ['CONFLICT input.version']])
    expect(results[0]?.changed).toEqual(results[1]?.changed)
  })

  it('that is removed during a change is either changed before, or not found', async () => {
    const addressId = await addressOf('BLAUS')
    const [updated, removed] = await Promise.all([
      update('customer BLAUS', { addressId, street: 'x' }),
      remove('customer BLAUS', addressId),
    ])

    expect(removed.refusals).toEqual([])
    expect([[], ['ADDRESS_UNKNOWN input.addressId']]).toContainEqual(updated.refusals)
  })
})

describe('an address that is refused', () => {
  it.each<[string, object, string]>([
    ['has no recipient', { recipient: ' ' }, 'BLANK input.recipient'],
    ['has a long street', { street: 'x'.repeat(201) }, 'TOO_LONG input.street'],
    ['has control characters', { city: 'a\u0007b' }, 'INVALID_CHARACTER input.city'],
    ['has a long region', { region: 'x'.repeat(101) }, 'TOO_LONG input.region'],
    ['has a long postal code', { postalCode: 'x'.repeat(21) }, 'TOO_LONG input.postalCode'],
  ])('%s', async (_what, wrong, refusal) => {
    const addressId = await addressOf('BONAP')
    const before = await masterData(world)

    expect(await add('customer BONAP', wrong)).toMatchObject({ refusals: [refusal], changed: { address: null } })
    expect((await update('customer BONAP', { addressId, ...wrong })).refusals).toEqual([refusal])
    expect(await masterData(world)).toEqual(before)
  })

  it.each<[string, object, string]>([
    ['names nothing', {}, 'NOTHING_TO_DO input'],
    ['empties the city', { city: null }, 'REQUIRED input.city'],
    ['empties the country', { country: null }, 'REQUIRED input.country'],
    ['is of an older version', { city: 'x', version: 0 }, 'CONFLICT input.version'],
  ])('since its update has %s', async (_what, wrong, refusal) => {
    const addressId = await addressOf('BONAP')
    const before = await masterData(world)

    expect((await update('customer BONAP', { addressId, ...wrong })).refusals).toEqual([refusal])
    expect(await masterData(world)).toEqual(before)
  })

  it('of another customer is unknown, exactly like one that never existed', async () => {
    const before = await masterData(world)

    for (const addressId of [await addressOf('BOLID'), unknownId('Address'), unknownId('Customer'), 'x']) {
      expect(await update('customer BONAP', { addressId, city: 'x' })).toMatchObject({
        refusals: ['ADDRESS_UNKNOWN input.addressId'],
        changed: { address: null, customer: null },
      })
      expect(await remove('customer BONAP', addressId)).toMatchObject({
        refusals: ['ADDRESS_UNKNOWN input.addressId'],
        changed: { customer: null },
      })
    }
    for (const customerId of [idOf('BOLID'), unknownId('Customer'), 'x'])
      expect((await add('customer BONAP', { customerId })).refusals).toEqual(['CUSTOMER_UNKNOWN input.customerId'])
    expect(await masterData(world)).toEqual(before)
  })

  it.each([
    ['anonymous', 'UNAUTHENTICATED'],
    ['support', 'FORBIDDEN'],
  ])('for %s', async (viewer, code) => {
    const addressId = await addressOf('BONAP')
    const asked = [
      await ask(world, viewer, 'addressAdd', { ...home, customerId: idOf('BONAP') }, select),
      await ask(world, viewer, 'addressUpdate', { addressId, version: 1, city: 'x' }, select),
      await ask(world, viewer, 'addressRemove', { addressId }, 'customer { id }'),
    ]
    expect(asked.map(codesOf)).toEqual([[code], [code], [code]])
  })
})
