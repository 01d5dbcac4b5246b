import { randomUUID } from 'node:crypto'
import { z } from 'zod'
import { demoId } from '../../../prisma/demo/ids.ts'
import { demoCustomer } from '../../../prisma/demo/viewers.ts'
import { encodeId, parseId } from '../../../src/platform/graphql/ids.ts'
import { newOrder, orderIn, orderOf, pay } from '../../commerce/support/orders.ts'
import { keyInput, newKey } from '../../platform/support/api-key.ts'
import { planted } from '../../support/canary.ts'
import { dataOf, type World } from '../../support/world.ts'
import { addFailedExport, addQueuedExport } from './bulk-exports.ts'
import { addErasure, endRequests } from './person-requests.shop.ts'
import { hookOf } from './webhooks.shop.ts'
import { nowhere } from './webhooks.ts'

/**
 * An input with which the mutation succeeds, on objects of the customer ALFKI, or of the API key that calls; prepares
 * what it needs. Its personal values are the canary's.
 */
type InputFor = (
  world: World,
  scopes: readonly string[],
  callingKey: string | undefined,
  caller: { kind: string; id: string },
) => object | Promise<object>

const exportedDocument = '{ products { edges { node { id } } } }'
const customerId = demoCustomer('ALFKI').sub
/** Whom staff restrict, since that changes what others see of them. */
const otherId = demoCustomer('BONAP').sub
const personFor = (kind: string) => (kind === 'customer' ? customerId : otherId)
const place = { recipient: planted, street: planted, city: 'Berlin', postalCode: planted, country: 'DE' }
const price = { amount: '1.00', currency: 'USD' }
const name = () => `T ${randomUUID()}`

export const mutationInputs: Readonly<Record<string, InputFor>> = {
  addressAdd: () => ({ customerId, ...place }),
  addressRemove: async (world) => ({ addressId: (await made(world, 'address', { customerId, ...place })).id }),
  addressUpdate: async (world) => {
    const { id, version } = await made(world, 'address', { customerId, ...place })
    return { addressId: id, version, recipient: planted, street: `${planted} 2` }
  },
  apiKeyCreate: (_world, scopes) => keyInput({ scopes: scopes.filter((scope) => scope === 'orders:read') }),
  apiKeyRevoke: async (world) => {
    const { id } = await newKey(world)
    await hookOf(world, id)
    return { apiKeyId: id }
  },
  bulkExportCancel: async (world, _scopes, _callingKey, caller) => ({
    bulkExportId: await addQueuedExport(world, caller),
  }),
  bulkExportCreate: () => ({ document: exportedDocument }),
  bulkExportResume: async (world, _scopes, _callingKey, caller) => ({
    bulkExportId: await addFailedExport(world, caller),
  }),
  categoryCreate: () => ({ name: name() }),
  categoryUpdate: async (world) => {
    const { id, version } = await made(world, 'category', { name: name() })
    return { categoryId: id, version, name: name() }
  },
  customerConsentSet: async ({ client }) => {
    const { marketingConsent } = await client.customer.findUniqueOrThrow({ where: { code: 'ALFKI' } })
    return { customerId, marketing: !marketingConsent }
  },
  customerCreate: () => ({ ...newCustomer(), contactName: planted, contactTitle: planted, phone: '030-0001' }),
  customerUpdate: async ({ client }) => {
    const { version } = await client.customer.findUniqueOrThrow({ where: { code: 'ALFKI' } })
    return { customerId, version, contactName: `${planted} ${version}`, phone: `030-${1000 + version}` }
  },
  personErase: async (world, _scopes, _callingKey, { kind }) => {
    await endRequests(world)
    return { customerId: personFor(kind), reason: 'OBJECTION' }
  },
  personEraseCancel: async (world, _scopes, _callingKey, caller) => ({
    personRequestId: await addErasure(world, parseId('Customer', personFor(caller.kind)) ?? ''),
  }),
  personExport: async (world, _scopes, _callingKey, { kind }) => {
    await endRequests(world)
    return { customerId: personFor(kind) }
  },
  personRelease: async (world) => {
    await endRequests(world)
    return { customerId: otherId }
  },
  personRestrict: async (world) => {
    await endRequests(world)
    return { customerId: otherId }
  },
  orderCancel: async (world) => {
    const { id } = await newOrder(world)
    await pay(world, id)
    return { orderId: id, reason: planted }
  },
  orderConfirmDelivery: async (world) => ({ orderId: (await orderIn(world, 'SHIPPED')).id }),
  orderPlace: async (world) => {
    const { id } = await made(world, 'product', newProduct(5))
    return { customerId, lines: [{ productId: id, quantity: 1 }], shipTo: place }
  },
  orderReturn: async (world) => {
    const { id, lines } = await orderIn(world, 'DELIVERED')
    return { orderId: id, lines: [{ orderLineId: lines[0], quantity: 1 }], restock: false, reason: planted }
  },
  orderShip: async (world) => ({ orderId: (await orderIn(world, 'PAID')).id }),
  orderUpdateLines: async (world) => {
    const { id, products } = await newOrder(world)
    const { version } = await orderOf(world, id)
    return { orderId: id, version, lines: [{ productId: products[0], quantity: 1 }] }
  },
  paymentRecord: async (world) => {
    const { id } = await newOrder(world)
    const { grandTotal } = await orderOf(world, id)
    return { orderId: id, amount: grandTotal, currency: 'USD', method: 'CARD' }
  },
  paymentRefund: async (world) => ({ orderId: (await orderIn(world, 'PAID')).id, ...price, reason: planted }),
  productCreate: () => newProduct(5),
  productDiscontinue: async (world) => {
    const { id, version } = await made(world, 'product', newProduct())
    return { productId: id, version }
  },
  productUpdate: async (world) => {
    const { id, version } = await made(world, 'product', newProduct())
    return { productId: id, version, name: name() }
  },
  reviewAdd: async (world) => ({ productId: (await made(world, 'product', newProduct())).id, rating: 5, text: name() }),
  stockAdjust: async (world) => {
    const { id } = await made(world, 'product', newProduct())
    return { productId: id, quantity: 3, reason: 'COUNT', note: planted }
  },
  webhookCreate: async (world, _scopes, callingKey) => {
    const apiKeyId = callingKey === undefined ? await powerlessKey(world) : undefined
    return { name: name(), url: nowhere, apiKeyId, topics: ['CATEGORY_CREATED'], isOrdered: true }
  },
  webhookDelete: madeWebhook,
  webhookReplay: madeWebhook,
  webhookRotateSecret: madeWebhook,
  webhookTest: madeWebhook,
  webhookUpdate: async (world, _scopes, callingKey) => {
    const { id, version } = await hookOf(world, callingKey ?? (await powerlessKey(world)))
    const document = 'subscription ($topics: [EventTopic!]) { changes(topics: $topics) { id } }'
    return { webhookId: id, version, name: name(), document, variables: { topics: ['CATEGORY_CREATED'] } }
  },
}

/** A key that may do no more than anyone, so that everyone who manages webhooks may use it. */
async function powerlessKey(world: World): Promise<string> {
  return (await newKey(world, { scopes: [] })).id
}

async function madeWebhook(world: World, _scopes: readonly string[], callingKey?: string) {
  return { webhookId: (await hookOf(world, callingKey ?? (await powerlessKey(world)))).id }
}

function newCustomer() {
  const code = `T${randomUUID().slice(0, 8).toUpperCase()}`
  return { code, kind: 'PERSON', name: name(), email: `${code}@example.org`, country: 'DE' }
}

function newProduct(stockOnHand = 0) {
  const [categoryId, supplierId] = [
    encodeId('Category', demoId('category', 1)),
    encodeId('Supplier', demoId('supplier', 1)),
  ]
  return { sku: `T-${randomUUID()}`, name: name(), categoryId, supplierId, unitPrice: price, stockOnHand }
}

/** Creates an object of this kind as the admin. */
async function made(world: World, noun: string, input: object) {
  const mutation = noun === 'address' ? 'addressAdd' : `${noun}Create`
  const type = `${mutation.slice(0, 1).toUpperCase()}${mutation.slice(1)}Input`
  const answered = await world
    .as('admin')
    .query(`mutation ($input: ${type}!) { done: ${mutation}(input: $input) { made: ${noun} { id version } } }`, {
      input,
    })
  const thing = z.object({ id: z.string(), version: z.int() })
  return dataOf(answered, z.object({ done: z.object({ made: thing }) })).done.made
}
