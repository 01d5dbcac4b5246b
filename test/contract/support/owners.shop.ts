import { encodeId, parseAnyId } from '../../../src/platform/graphql/ids.ts'
import type { World } from '../../support/world.ts'

/** The beginning of the names of API keys that are tried as viewers. Such a key owns itself and its webhooks. */
export const partner = 'Partner'

/**
 * The owner of an object: a customer's UUID, that of an API key, `everyone` for the catalogue, `nobody` for what only
 * staff sees. An event is also visible with the scope of its topic: `UUID or orders:read`.
 */
export type Owner = string

/** Every object with a public id, and its owner, read behind the API without any rule. */
export async function ownersOf({ client }: World): Promise<Map<string, Owner>> {
  const owners = new Map<string, Owner>()
  const own = <Row extends { id: string }>(type: string, rows: readonly Row[], ownerOf: (row: Row) => Owner) => {
    for (const row of rows) owners.set(encodeId(type, row.id), ownerOf(row))
  }
  const ofAll = () => 'everyone'
  const orderCustomer = { order: { select: { customerId: true } } } as const
  const withOrder = { select: { id: true, ...orderCustomer } } as const
  own('Supplier', await client.supplier.findMany(), ofAll)
  own('Category', await client.category.findMany(), ofAll)
  own('Product', await client.product.findMany(), ofAll)
  own('Carrier', await client.carrier.findMany(), ofAll)
  own('StockMovement', await client.stockMovement.findMany(), () => 'nobody')
  own('BulkImport', await client.bulkImport.findMany(), () => 'nobody')
  own('AuditEvent', await client.auditEvent.findMany(), () => 'nobody')
  own('Customer', await client.customer.findMany(), ({ id }) => id)
  own('Address', await client.address.findMany(), ({ customerId }) => customerId)
  own('MarketingConsent', await client.marketingConsent.findMany(), ({ customerId }) => customerId)
  own('PersonRequest', await client.personRequest.findMany(), ({ subjectKey }) => subjectKey)
  own('Order', await client.order.findMany(), ({ customerId }) => customerId)
  own('OrderLine', await client.orderLine.findMany(withOrder), ({ order }) => order.customerId)
  own('Shipment', await client.shipment.findMany(withOrder), ({ order }) => order.customerId)
  own('Payment', await client.payment.findMany(withOrder), ({ order }) => order.customerId)
  own('Refund', await client.refund.findMany(withOrder), ({ order }) => order.customerId)
  own('CreditNote', await client.creditNote.findMany(withOrder), ({ order }) => order.customerId)
  own('Invoice', await client.invoice.findMany(withOrder), ({ order }) => order.customerId)
  own('Return', await client.return.findMany(withOrder), ({ order }) => order.customerId)
  const ofKey = ({ id, name }: { id: string; name: string }) => (name.startsWith(partner) ? id : 'nobody')
  own('ApiKey', await client.apiKey.findMany(), ofKey)
  own('Webhook', await client.webhook.findMany({ include: { apiKey: true } }), ({ apiKey }) => ofKey(apiKey))
  const ofWebhook = { include: { webhook: { include: { apiKey: true } } } } as const
  own('WebhookDelivery', await client.webhookDelivery.findMany(ofWebhook), ({ webhook }) => ofKey(webhook.apiKey))
  const ofShipment = { select: { id: true, shipment: { select: orderCustomer } } } as const
  own('ShipmentLine', await client.shipmentLine.findMany(ofShipment), ({ shipment }) => shipment.order.customerId)
  const ofReturn = { select: { id: true, return: { select: orderCustomer } } } as const
  own('ReturnLine', await client.returnLine.findMany(ofReturn), (line) => line.return.order.customerId)
  own('BulkExport', await client.bulkExport.findMany(), ({ creatorId }) => parseAnyId(creatorId)?.key ?? creatorId)
  for (const { id, topic, ownerKey } of await client.placedEvent.findMany()) {
    const scope = eventsShownBy.find(([topics]) => topics.test(topic))?.[1]
    owners.set(encodeId('Event', id), scope === undefined ? 'everyone' : `${ownerKey ?? 'nobody'} or ${scope}`)
  }
  return owners
}

/** The scope that shows all events of a topic. Other events are visible to everyone. */
const eventsShownBy = [
  [/^(customer|address|person)\./, 'customers:read'],
  [/^(order|payment|invoice|credit_note)\./, 'orders:read'],
  [/^api_key\./, 'keys:manage'],
  [/^webhook\./, 'webhooks:manage'],
] as const
