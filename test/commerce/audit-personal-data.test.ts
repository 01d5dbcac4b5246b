import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { demoId } from '../../prisma/demo/ids.ts'
import { demoCustomer } from '../../prisma/demo/viewers.ts'
import { encodeId } from '../../src/platform/graphql/ids.ts'
import { createWorld, dataOf, type World } from '../support/world.ts'

let world: World
let before = 0n
beforeAll(async () => {
  world = await createWorld()
})
afterAll(() => world.close())
afterEach(async () => {
  before = (await world.audited()).at(-1)?.position ?? 0n
})

const alfki = demoCustomer('ALFKI').sub
const anatr = demoCustomer('ANATR').sub

/** The entries that the test added, without the values that differ each time. */
async function added() {
  const rows = (await world.audited()).filter(({ position }) => position > before)
  return rows.map(
    ({ id: _id, position: _position, occurredAt: _at, requestId: _request, subjectIds, fields, ...row }) => {
      return { ...row, subjectIds: subjectIds.toSorted(), fields: fields.toSorted() }
    },
  )
}

const admin = { principalKind: 'staff', principalId: 'staff-admin' }
const read = { action: 'read', outcome: 'DONE', codes: [] as string[], operation: null as string | null }

describe('a read of personal data', () => {
  it('is one entry for each type of subject with all fields read, for any number of rows', async () => {
    const query = `query Reach($ids: [ID!]!) {
      nodes(ids: $ids) { ... on Customer { name mail: email phone addresses { city street } } }
    }`

    dataOf(await world.as('admin').query(query, { ids: [alfki, anatr] }), z.unknown())

    const addresses = [demoId('address', 'ALFKI'), demoId('address', 'ANATR')].map((id) => encodeId('Address', id))
    expect(await added()).toEqual([
      {
        ...{ ...admin, ...read, operation: 'Reach', subjectType: 'Customer' },
        subjectIds: [alfki, anatr].sort(),
        fields: ['Customer.email', 'Customer.phone'],
      },
      {
        ...{ ...admin, ...read, operation: 'Reach', subjectType: 'Address' },
        subjectIds: addresses.sort(),
        fields: ['Address.street'],
      },
    ])
  })

  it('of a part of an order is an entry of the order', async () => {
    dataOf(await world.as('admin').query('{ order(number: 10643) { id shipTo { city recipient } } }'), z.unknown())

    const { id } = await world.client.order.findUniqueOrThrow({ where: { number: 10_643 }, select: { id: true } })
    expect(await added()).toEqual([
      {
        ...{ ...admin, ...read, subjectType: 'Order' },
        subjectIds: [encodeId('Order', id)],
        fields: ['ShippingAddress.recipient'],
      },
    ])
  })

  it('is recorded for the viewer’s own data too', async () => {
    dataOf(await world.as('customer ALFKI').query('{ viewer { customer { contactName } } }'), z.unknown())

    expect(await added()).toEqual([
      {
        ...{ ...read, principalKind: 'customer', principalId: alfki, subjectType: 'Customer' },
        subjectIds: [alfki],
        fields: ['Customer.contactName'],
      },
    ])
  })

  it('is recorded for suppliers’ contacts too', async () => {
    const query = '{ product(sku: "NW-0002") { supplier { contact { phone } } } }'
    dataOf(await world.as('admin').query(query), z.unknown())

    const subjectIds = [encodeId('Supplier', demoId('supplier', 1))]
    expect(await added()).toEqual([
      { ...{ ...admin, ...read, subjectType: 'Supplier' }, subjectIds, fields: ['SupplierContact.phone'] },
    ])
  })

  it('is not recorded without a row, a value or a personal field', async () => {
    await world.client.customer.update({ where: { code: 'BLONP' }, data: { phone: null } })
    const blonp = demoCustomer('BLONP').sub
    const query = `query ($id: ID!, $gone: ID!) {
      customer(id: $id) { name country phone } gone: customer(id: $gone) { email } viewer { kind }
    }`

    const answered = await world.as('admin').query(query, { id: blonp, gone: demoCustomer('GONE0').sub })

    expect(dataOf(answered, z.unknown())).toMatchObject({ customer: { phone: null }, gone: null })
    expect(await added()).toEqual([])
  })

  it('has the request’s id and time', async () => {
    const start = Date.now()
    const response = await world.fetchGraphQL({
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'x-request-id': 'of-the-client:7',
        authorization: `Bearer ${await world.tokenFor('customer ALFKI')}`,
      },
      body: JSON.stringify({ query: '{ viewer { customer { email } } }' }),
    })
    expect(response.status).toBe(200)

    const row = (await world.audited()).at(-1)
    expect(row?.requestId).toBe('of-the-client:7')
    expect(row?.occurredAt.getTime()).toBeGreaterThanOrEqual(start)
    expect(row?.occurredAt.getTime()).toBeLessThanOrEqual(Date.now())
  })

  it('costs its request no statement: one statement writes its entries afterwards', async () => {
    const personal = '{ customers(first: 20) { edges { node { name email addresses { street } } } } }'
    const plain = '{ customers(first: 20) { edges { node { name country addresses { city } } } } }'
    const asked = async (query: string) => dataOf(await world.as('admin').query(query), z.unknown())

    const statements = await world.statementsOf(() => asked(personal))
    await world.audit.flush()

    expect(statements).toHaveLength(1)
    expect(await world.statementsOf(() => asked(plain))).toHaveLength(1)
    expect(await added()).toMatchObject([{ subjectType: 'Customer' }, { subjectType: 'Address' }])
    const batches = await world.client.$queryRaw`
      select count(distinct xmin::text)::int as batches from platform.pf_audit where pos > ${before}`
    expect(batches).toEqual([{ batches: 1 }])
  })
})

describe('a denial', () => {
  it('of fields is one entry for each type and code, with the rows they belong to', async () => {
    const query = `query Peek($id: ID!) {
      customer(id: $id) { code email phone addresses { street } }
    }`
    await world.as('support').query(query, { id: alfki })

    const support = { principalKind: 'staff', principalId: 'staff-support', operation: 'Peek' }
    const denied = { action: 'read', outcome: 'DENIED', codes: ['FORBIDDEN'] }
    expect(await added()).toEqual([
      {
        ...{ ...support, ...denied, subjectType: 'Customer' },
        subjectIds: [alfki],
        fields: ['Customer.email', 'Customer.phone'],
      },
      {
        ...{ ...support, ...denied, subjectType: 'Address' },
        subjectIds: [encodeId('Address', demoId('address', 'ALFKI'))],
        fields: ['Address.street'],
      },
    ])
  })

  it('of a root field has the ids in its arguments, and no row', async () => {
    await world
      .as('anonymous')
      .query('query ($id: ID!) { customer(id: $id) { code } orders { totalCount } }', { id: alfki })

    expect(await added()).toEqual([
      {
        ...{ principalKind: 'anonymous', principalId: null, operation: null, subjectType: null },
        ...{ action: 'read', outcome: 'DENIED', codes: ['UNAUTHENTICATED'] },
        subjectIds: [alfki],
        fields: ['Query.customer', 'Query.orders'],
      },
    ])
  })
})
