import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { z } from 'zod'
import { privileges } from '../../src/commerce/privileges.ts'
import { physicalTable } from '../../src/platform/database/physical-names.ts'
import { rightsOf } from '../../src/platform/database/privileges.ts'
import { newKey } from '../platform/support/api-key.shop.ts'
import { revokeKey } from '../platform/support/api-key.ts'
import { asBearer } from '../platform/support/as-claims.ts'
import { codesOf, createWorld, type World } from '../support/world.ts'
import { call } from './support/master-data.ts'
import { carrierId, done, newOrder, orderIn, orderOf } from './support/orders.ts'
import { rightsUsed } from './support/rights-used.ts'

const ofPlatform = (['IdempotencyRecord', 'DomainEvent', 'ApiKey', 'AuditEvent'] as const).map(
  (m) => physicalTable(m).name,
)
/** Without what erasures of people need, and without what rules of retention delete, in the background. */
const granted = rightsOf(privileges)
  .filter(({ table }) => table.startsWith('"commerce"') || ofPlatform.includes(table))
  .flatMap(({ table, kinds, columns }) => [
    ...kinds.map((kind) => `${table} ${kind}`),
    ...columns.map((column) => `${table} update ${column}`),
  ])
  .map((right) => right.replaceAll('"', ''))
  .filter((right) => !/^platform\..* delete$/.test(right))
  .sort()

let world: World
beforeAll(async () => {
  world = await createWorld()
})
afterAll(() => world.close())

const id = z.object({ id: z.string(), version: z.int().optional() })

/** The result of a mutation of the master data, which must have succeeded. */
async function changed(mutation: string, input: object, field: string) {
  const { refusals, changed } = await call(world, 'admin', mutation, input, `${field} { id version }`)
  expect([mutation, refusals]).toEqual([mutation, []])
  return id.parse(changed[field])
}

describe('the rights of the server role', () => {
  it('are exactly those that its reads and mutations use', async () => {
    const statements = await world.statementsOf(async () => {
      await readEverything()
      await changeCatalog()
      await changeCustomers()
      await carryOutOrders()
      await useKeys()
    })
    const used = rightsUsed(statements).filter((right) => !right.startsWith('platform.') || isOfPlatform(right))
    expect(used).toEqual(granted)
  })
})

/** The key's use is written beside the request that uses it. */
async function useKeys(): Promise<void> {
  const { id, secret } = await newKey(world, { scopes: ['audit:read'] })
  const { errors } = await asBearer(world, () => secret).query(
    '{ viewer { apiKey { name } } auditEvents(first: 1) { totalCount } }',
  )
  expect(errors).toBeUndefined()
  await vi.waitFor(() => expect(rightsUsed(world.statements)).toContain('platform.pf_api_key update used_ts'))
  await world.as('admin').query(revokeKey, { id })
}

function isOfPlatform(right: string): boolean {
  return ofPlatform.some((table) => right.startsWith(`${table.replaceAll('"', '')} `))
}

async function readEverything(): Promise<void> {
  const { errors } = await world.as('admin').query(`{
    products(first: 1) { edges { node {
      name category { name } supplier { name } unitsSold stockMovements(first: 1) { edges { node { quantity } } }
    } } }
    customers(first: 1) { edges { node { name addresses { id } consents { at } lifetimeValue { amount } } } }
    orders(first: 1) { edges { node {
      carrier { name } lines { id } shipments { lines { quantity } } payments { id } refunds { id } invoice { id }
      creditNotes { id } returns { lines { quantity } } timeline { topic }
    } } }
  }`)
  expect(errors).toBeUndefined()
}

async function changeCatalog(): Promise<void> {
  const category = await changed('categoryCreate', { name: 'Tools' }, 'category')
  const named = { categoryId: category.id, version: category.version, name: 'Toolbox', description: 'What mends.' }
  await changed('categoryUpdate', named, 'category')
  const supplierId = await idOf('suppliers')
  const otherCategory = await idOf('categories')
  const product = await changed(
    'productCreate',
    {
      ...{ sku: 'SAW', name: 'Saw', unitPrice: { amount: '9.00', currency: 'USD' }, supplierId },
      categoryId: category.id,
    },
    'product',
  )
  const changes = {
    ...{ name: 'Handsaw', packaging: '1 piece', unitPrice: { amount: '10.00', currency: 'USD' }, reorderLevel: 3 },
    ...{ supplierId: await idOf('suppliers', 'last'), categoryId: otherCategory },
  }
  const productId = product.id
  const updated = await changed('productUpdate', { productId, version: product.version, ...changes }, 'product')
  await changed('stockAdjust', { productId, quantity: 5, reason: 'DELIVERY' }, 'product')
  await changed('productDiscontinue', { productId, version: updated.version }, 'product')
}

async function idOf(list: string, end: 'first' | 'last' = 'first'): Promise<string> {
  const { data } = await world.as('admin').query(`{ list: ${list}(${end}: 1) { edges { node { id } } } }`)
  const page = z.object({ list: z.object({ edges: z.tuple([z.object({ node: id })]) }) })
  return page.parse(data).list.edges[0].node.id
}

async function changeCustomers(): Promise<void> {
  const reached = { contactName: 'Ada', contactTitle: 'Owner', email: 'ada@tools.example', phone: '+49 30 0074321' }
  const draft = { code: 'TOOLS', kind: 'COMPANY', name: 'Tools', email: 'shop@tools.example', country: 'DE' }
  const { id: customerId, version } = await changed('customerCreate', draft, 'customer')
  const changes = { ...reached, kind: 'PERSON', name: 'Ada', country: 'AT' }
  await changed('customerUpdate', { customerId, version, ...changes }, 'customer')
  await changed('customerConsentSet', { customerId, marketing: true }, 'customer')

  const there = { recipient: 'Ada', street: 'Ring 1', city: 'Wien', country: 'AT' }
  const address = await changed('addressAdd', { customerId, ...there }, 'address')
  const elsewhere = { recipient: 'Bob', street: 'Ring 2', city: 'Graz', country: 'DE', region: 'X', postalCode: '8010' }
  const addressId = address.id
  await changed('addressUpdate', { addressId, version: address.version, ...elsewhere }, 'address')
  expect(codesOf(await world.as('admin').query(removal, { input: { addressId } }))).toEqual([])
}

const removal = 'mutation ($input: AddressRemoveInput!) { addressRemove(input: $input) { userErrors { code } } }'

async function carryOutOrders(): Promise<void> {
  const order = await newOrder(world)
  const lines = order.products.map((productId) => ({ productId, quantity: 1 }))
  await done(world, 'admin', 'orderUpdateLines', { orderId: order.id, version: 1, lines })
  await done(world, 'admin', 'orderCancel', { orderId: order.id, reason: 'no longer wanted' })

  const { id: orderId } = await orderIn(world, 'PAID')
  await done(world, 'admin', 'orderShip', { orderId, carrierId })
  await done(world, 'admin', 'orderConfirmDelivery', { orderId })
  const [line] = (await orderOf(world, orderId)).lines
  const returned = [{ orderLineId: line?.id, quantity: 1 }]
  await done(world, 'admin', 'orderReturn', { orderId, lines: returned, restock: true })
  const refund = { orderId, amount: '1.00', currency: 'USD', idempotencyKey: randomUUID() }
  await done(world, 'admin', 'paymentRefund', refund)
}
