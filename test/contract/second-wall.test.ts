import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { demoId } from '../../prisma/demo/ids.ts'
import { delegateOf } from '../../src/platform/auth/delegate.ts'
import { policedClient } from '../../src/platform/auth/row-policy.ts'
import { anonymous, type Viewer } from '../../src/platform/auth/viewer.ts'
import type { Context } from '../../src/platform/context.ts'
import { isModel, type Model } from '../../src/platform/database/data-model.ts'
import { parseAnyId, parseId, prefixOf } from '../../src/platform/graphql/ids.ts'
import { domain } from '../../src/schema.ts'
import { newKey } from '../platform/support/api-key.ts'
import { createWorld, type World } from '../support/world.ts'
import { ownersOf } from './support/owners.ts'
import { lineAt, type Source, sourcesOf } from './support/sources.ts'
import { usedHook } from './support/webhooks.ts'

// A resolver cannot forget the row policy: the only client that it receives applies it.

let world: World
let owners: Map<string, string>
let sources: Source[]
/** An API key with a webhook, beside another one with a webhook. */
let keyId: string
beforeAll(async () => {
  world = await createWorld()
  keyId = (await newKey(world)).id
  await usedHook(world, keyId)
  await usedHook(world, (await newKey(world)).id)
  owners = await ownersOf(world)
  sources = await sourcesOf('src')
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

  it('gets no row of the platform’s internal tables', async () => {
    const admin = staff('orders:read', 'customers:read')
    const db = policedClient(world.client, domain.rowPolicies, admin)
    expect(await world.client.dataset.count()).toBe(1)
    expect(await db.dataset.count()).toBe(0)
    expect(await db.idempotencyRecord.findMany()).toEqual([])
    expect(await db.documentSeries.findMany()).toEqual([])
  })
})

describe('the client without the row policy', () => {
  it('is not in a request’s context', () => {
    // @ts-expect-error a context has no client but `db`
    const ask = ({ database }: Context) => database
    expect(ask).toBeTypeOf('function')
  })

  it('is made in one place', () => {
    // The last one has no connection: only its names are read.
    expect(mentions(/new (PrismaClient|Database)\(/)).toEqual([
      'src/app.ts',
      'src/platform/database/client.ts',
      'src/platform/database/physical-names.ts',
    ])
  })

  it('writes for mutations, key uses, consumers of the feed, visits to webhooks and sweeps, and nothing else', () => {
    expect(mentions(/\btransactions\s*\.run\(/)).toEqual([
      'src/app.ts',
      'src/platform/api-keys/key-use.ts',
      // It passes on the mutations' transactions, and runs what follows them.
      'src/platform/database/transaction.ts',
      'src/platform/events/feed-consumer.ts',
      'src/platform/mutations/run-mutation.ts',
      'src/platform/webhooks/visit.ts',
    ])
  })

  it('is not imported by the domain, and neither is the driver', () => {
    const found = sources
      .filter(({ path }) => path.startsWith('src/commerce/'))
      .flatMap((source) =>
        [...source.text.matchAll(/PrismaClient|from 'pg'|database\/(client|transaction|open|embedded)\.ts/g)]
          .filter((match) => !/import type \{ Transaction \}/.test(lineOf(source, match.index)))
          .map((match) => `${source.path}:${lineAt(source.text, match.index)}`),
      )
    expect(found).toEqual([])
  })
})

function mentions(pattern: RegExp): string[] {
  const found = sources.filter(({ path, text }) => !path.startsWith('src/generated/') && pattern.test(text))
  return found.map(({ path }) => path).sort()
}

function lineOf({ text }: Source, index: number): string {
  return text.slice(text.lastIndexOf('\n', index) + 1, text.indexOf('\n', index))
}

function everyIdOf(model: Model): string[] {
  return idsOf(model, () => true)
}

function ownIdsOf(model: Model, owner: string | undefined): string[] {
  return idsOf(model, (owned) => owned === owner)
}

function idsOf(model: Model, matches: (owner: string) => boolean): string[] {
  return [...owners].flatMap(([id, owner]) => {
    const parsed = parseAnyId(id)
    return parsed?.prefix === prefixOf(model) && matches(owner) ? [parsed.uuid] : []
  })
}
