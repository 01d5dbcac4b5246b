import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { demoId } from '../../prisma/demo/ids.ts'
import { delegateOf } from '../../src/platform/auth/delegate.ts'
import { policedClient } from '../../src/platform/auth/row-policy.ts'
import { anonymous, type Viewer } from '../../src/platform/auth/viewer.ts'
import { isModel, type Model } from '../../src/platform/database/data-model.ts'
import { parseAnyId, parseId, prefixOf } from '../../src/platform/graphql/ids.ts'
import { domain } from '../../src/schema.ts'
import { newKey } from '../platform/support/api-key.shop.ts'
import { createWorld, type World } from '../support/world.ts'
import { addWrittenExport } from './support/bulk-exports.ts'
import { ownersOf } from './support/owners.shop.ts'
import { usedHook } from './support/webhooks.shop.ts'

// A resolver cannot forget the row policy: the only client that it receives applies it.

let world: World
let owners: Map<string, string>
/** An API key with a webhook, beside another one with a webhook. */
let keyId: string
beforeAll(async () => {
  world = await createWorld()
  keyId = (await newKey(world)).id
  await usedHook(world, keyId)
  await usedHook(world, (await newKey(world)).id)
  await addWrittenExport(world, randomUUID())
  await world.client.bulkExport.updateMany({ data: { creatorId: 'somebody' } })
  owners = await ownersOf(world)
})
afterAll(() => world.close())

const subject = demoId('customer', 'ALFKI')
const staff = (...scopes: string[]): Viewer => ({
  ...anonymous,
  kind: 'staff',
  id: 'somebody',
  scopes: new Set(scopes),
})
const apiKey = (...scopes: string[]): Viewer => ({
  ...anonymous,
  kind: 'apiKey',
  id: keyId,
  scopes: new Set(scopes),
})
const customer: Viewer = { ...anonymous, kind: 'customer', id: 'ALFKI', subject }

const catalogue: Model[] = ['Category', 'Supplier', 'Product', 'Carrier']
const ofCustomers: Model[] = ['Customer', 'Address']
const ofOrders: Model[] = [
  'Order',
  'OrderLine',
  'Shipment',
  'ShipmentLine',
  'Payment',
  'Refund',
  'CreditNote',
  'Invoice',
]

describe('a resolver that reads everything', () => {
  it.each<[string, Viewer, Model[]]>([
    ['anonymous', anonymous, catalogue],
    ['a customer', customer, catalogue],
    ['staff who read customers', staff('customers:read'), [...catalogue, ...ofCustomers]],
    ['staff who read orders', staff('orders:read'), [...catalogue, ...ofOrders, 'Return', 'ReturnLine']],
  ])('gets visible rows only, as %s', async (_who, viewer, whole) => {
    const db = policedClient(world.client, domain.rowPolicies, viewer)
    const models = [...catalogue, ...ofCustomers, ...ofOrders, 'Return', 'ReturnLine', 'StockMovement'].filter(isModel)
    for (const model of models) {
      const visible = whole.includes(model) ? everyIdOf(model) : ownIdsOf(model, viewer.subject)
      const rows = await delegateOf(db, model).findMany({ select: { id: true } })
      expect([model, rows.map(({ id }) => String(id)).sort()]).toEqual([model, visible.sort()])
      expect([model, await delegateOf(db, model).count({})]).toEqual([model, visible.length])
    }
  })

  it.each<[string, () => Viewer, number]>([
    ['anonymous', () => anonymous, 0],
    ['a customer', () => customer, 0],
    ['staff without the scope', () => staff('keys:manage', 'orders:read'), 0],
    ['staff who manage webhooks', () => staff('webhooks:manage'), 2],
    ['an API key that manages webhooks', () => apiKey('webhooks:manage'), 1],
    ['an API key without the scope', () => apiKey('orders:read'), 0],
  ])('gets visible webhooks only, with their deliveries and attempts, as %s', async (_who, viewer, webhooks) => {
    const db = policedClient(world.client, domain.rowPolicies, viewer())
    const counts = [await db.webhook.count(), await db.webhookDelivery.count(), await db.webhookAttempt.count()]
    expect(counts).toEqual([webhooks, webhooks, 2 * webhooks])
    const keys = await db.webhook.findMany({ select: { apiKeyId: true } })
    if (webhooks === 1) expect(keys).toEqual([{ apiKeyId: parseId('ApiKey', keyId) }])
  })

  it.each<[string, Viewer, number]>([
    ['anonymous', anonymous, 0],
    ['the staff who made it', staff(), 1],
    ['staff with every scope', { ...staff(...Object.keys(domain.scopes)), id: 'another' }, 0],
    ['a customer of the same id', { ...customer, id: 'somebody' }, 0],
  ])('gets their own exports only, as %s', async (_who, viewer, exports) => {
    const db = policedClient(world.client, domain.rowPolicies, viewer)
    expect(await db.bulkExport.count({ where: { creatorId: 'somebody' } })).toBe(exports)
    expect(await db.bulkExport.count()).toBe(exports)
  })

  it('gets no row of the platform’s internal tables', async () => {
    const admin = staff('orders:read', 'customers:read')
    const db = policedClient(world.client, domain.rowPolicies, admin)
    expect(await world.client.dataset.count()).toBe(1)
    expect(await db.dataset.count()).toBe(0)
    expect(await db.idempotencyRecord.findMany()).toEqual([])
    expect(await db.documentSeries.findMany()).toEqual([])
  })
})

function everyIdOf(model: Model): string[] {
  return idsOf(model, () => true)
}

function ownIdsOf(model: Model, owner: string | undefined): string[] {
  return idsOf(model, (owned) => owned === owner)
}

function idsOf(model: Model, matches: (owner: string) => boolean): string[] {
  return [...owners].flatMap(([id, owner]) => {
    const parsed = parseAnyId(id)
    return parsed?.prefix === prefixOf(model) && matches(owner) ? [parsed.key] : []
  })
}
