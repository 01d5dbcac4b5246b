import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { demoCustomer } from '../../../prisma/demo/viewers.ts'
import { parseId } from '../../../src/platform/graphql/ids.ts'
import { codesOf, createWorld, type World } from '../../support/world.ts'
import { ask, call, eventsAbout, masterData, unknownId } from '../support/master-data.ts'

const select = 'customer { id kind name contactName email phone country version }'
const idOf = (code: string) => demoCustomer(code).sub

let world: World
beforeAll(async () => {
  world = await createWorld()
})
afterAll(() => world.close())

const update = (viewer: string, input: object) =>
  call(world, viewer, 'customerUpdate', { version: 1, ...input }, select)

describe('a customer', () => {
  it('changes their contact data; the event names the fields, not the values', async () => {
    const customerId = idOf('ALFKI')
    const change = { name: 'Alfred', contactName: 'A', contactTitle: null, email: 'Alfred@Example.org', phone: null }

    const { changed, refusals } = await update('customer ALFKI', change)

    expect(refusals).toEqual([])
    expect(changed).toMatchObject({
      customer: {
        id: customerId,
        name: 'Alfred',
        contactName: 'A',
        email: 'alfred@example.org',
        phone: null,
        version: 2,
      },
    })
    expect(await eventsAbout(world, 'Customer', customerId)).toEqual([
      {
        topic: 'customer.updated',
        ownerId: parseId('Customer', customerId),
        payload: { customerId, changed: ['name', 'contactName', 'contactTitle', 'email', 'phone'] },
      },
    ])
  })

  it('may name themselves', async () => {
    expect(await update('customer ANATR', { customerId: idOf('ANATR'), name: 'Ana' })).toMatchObject({
      refusals: [],
      changed: { customer: { name: 'Ana', version: 2 } },
    })
  })

  it('cannot change another customer, and does not learn whether one exists', async () => {
    const before = await masterData(world)
    const others = [idOf('BERGS'), unknownId('Customer'), unknownId('Product'), 'BERGS']

    for (const customerId of others) {
      expect(await update('customer BONAP', { customerId, name: 'x' })).toMatchObject({
        refusals: ['CUSTOMER_UNKNOWN input.customerId'],
        changed: { customer: null },
      })
    }
    expect(await masterData(world)).toEqual(before)
  })

  it.each([{ kind: 'PERSON' }, { country: 'FR' }, { kind: null, name: 'x' }])(
    'does not change what staff change: %j',
    async (input) => {
      const before = await masterData(world)
      const answered = await ask(world, 'customer BONAP', 'customerUpdate', { version: 1, ...input }, select)

      expect(codesOf(answered)).toEqual(['FORBIDDEN'])
      expect(await masterData(world)).toEqual(before)
    },
  )
})

describe('staff', () => {
  it('change any customer, whom they must name', async () => {
    const input = { customerId: idOf('BERGS'), kind: 'PERSON', country: 'NO', email: 'bergs@example.com' }

    expect(await update('admin', input)).toMatchObject({
      refusals: [],
      changed: { customer: { kind: 'PERSON', country: 'NO', version: 2 } },
    })
    expect((await update('admin', { name: 'x' })).refusals).toEqual(['CUSTOMER_REQUIRED input.customerId'])
    expect((await eventsAbout(world, 'Customer', idOf('BERGS'))).map(({ payload }) => payload)).toEqual([
      { customerId: idOf('BERGS'), changed: ['kind', 'country'] },
    ])
  })

  it.each([
    ['anonymous', 'UNAUTHENTICATED'],
    ['support', 'FORBIDDEN'],
  ])('may lack the scope: %s', async (viewer, code) => {
    const input = { customerId: idOf('BERGS'), version: 1, name: 'x' }
    expect(codesOf(await ask(world, viewer, 'customerUpdate', input, select))).toEqual([code])
  })
})

describe('an update of a customer', () => {
  it('is done once for one idempotency key', async () => {
    const input = { customerId: idOf('BLAUS'), name: 'Once', idempotencyKey: 'once' }

    expect((await update('admin', input)).replayed).toBe(false)
    expect(await update('admin', input)).toMatchObject({ replayed: true, changed: { customer: { version: 2 } } })
  })

  it('is done by one of two concurrent updates with one version; the other sees the change', async () => {
    const customerId = idOf('BLONP')
    const results = await Promise.all([
      update('customer BLONP', { name: 'Theirs' }),
      update('admin', { customerId, name: 'Ours' }),
    ])

    expect(results.map(({ refusals }) => refusals).sort()).toEqual([[], ['CONFLICT input.version']])
    expect(results[0]?.changed).toEqual(results[1]?.changed)
    expect(await eventsAbout(world, 'Customer', customerId)).toHaveLength(1)
  })

  it('gives an e-mail address to one of ten concurrent updates', async () => {
    const codes = ['ANTON', 'AROUT', 'BOLID', 'BOTTM', 'BSBEV', 'CACTU', 'CENTC', 'CHOPS', 'COMMI', 'CONSH']
    const results = await Promise.all(codes.map((code) => update(`customer ${code}`, { email: 'wanted@example.org' })))

    const refusals = results.flatMap((result) => result.refusals)
    expect(refusals).toEqual(Array.from({ length: 9 }, () => 'EMAIL_TAKEN input.email'))
  })

  it('without an effective change keeps the version', async () => {
    const result = await update('customer DRACD', { email: 'DRACD@example.com' })
    expect(result).toMatchObject({ refusals: [], changed: { customer: { email: 'dracd@example.com', version: 1 } } })
    expect(await eventsAbout(world, 'Customer', idOf('DRACD'))).toEqual([])
  })

  it('of a deleted customer is refused, although the token is valid', async () => {
    expect((await update('customer GONE0', { name: 'x' })).refusals).toEqual(['CUSTOMER_UNKNOWN input.customerId'])
  })

  it('of an older version gets the current state', async () => {
    expect(await update('customer DRACD', { version: 0, name: 'x' })).toMatchObject({
      refusals: ['CONFLICT input.version'],
      changed: { customer: { id: idOf('DRACD'), name: 'Drachenblut Delikatessen', version: 1 } },
    })
  })

  it.each<[string, object, string]>([
    ['names nothing', {}, 'NOTHING_TO_DO input'],
    ['empties the name', { name: null }, 'REQUIRED input.name'],
    ['empties the e-mail address', { email: null }, 'REQUIRED input.email'],
    ['empties the kind', { kind: null }, 'REQUIRED input.kind'],
    ['empties the country', { country: null }, 'REQUIRED input.country'],
    ['has a blank name', { name: ' ' }, 'BLANK input.name'],
    ['has a long name', { name: 'x'.repeat(201) }, 'TOO_LONG input.name'],
    ['has control characters', { contactName: 'a\u0007b' }, 'INVALID_CHARACTER input.contactName'],
    ['has no telephone number', { phone: '12' }, 'INVALID_FORMAT input.phone'],
    ['has an address of another', { email: 'EASTC@example.com' }, 'EMAIL_TAKEN input.email'],
    ['is of nobody', { name: 'x', customerId: unknownId('Customer') }, 'CUSTOMER_UNKNOWN input.customerId'],
  ])('is refused where it %s', async (_what, wrong, refusal) => {
    const before = await masterData(world)

    expect((await update('admin', { customerId: idOf('DRACD'), ...wrong })).refusals).toEqual([refusal])
    expect(await masterData(world)).toEqual(before)
  })
})
