import type { GraphQLObjectType } from 'graphql'
import { type Visit, visitsOf } from './field-paths.ts'
import type { Owner } from './owners.shop.ts'

// What each viewer may see, declared a second time independently of the code: a rule that the code forgets is still
// expected here.

export interface Declared {
  kind: string
  scopes: readonly string[]
  /** The owner of the viewer's rows. */
  subject?: string
  /** The owner of what staff have made. */
  maker?: string
}

/** The scope that shows all rows of a type. Other types are visible to everyone. */
export const shownBy: Readonly<Record<string, string>> = {
  Customer: 'customers:read',
  Address: 'customers:read',
  MarketingConsent: 'customers:read',
  Order: 'orders:read',
  OrderLine: 'orders:read',
  Shipment: 'orders:read',
  Payment: 'orders:read',
  Refund: 'orders:read',
  CreditNote: 'orders:read',
  Invoice: 'orders:read',
  Return: 'orders:read',
  StockMovement: 'stock:read',
  ApiKey: 'keys:manage',
  Webhook: 'webhooks:manage',
  WebhookDelivery: 'webhooks:manage',
  PersonRequest: 'privacy:manage',
  AuditEvent: 'audit:read',
  // The import of a mutation of the catalogue.
  BulkImport: 'catalog:write',
  // No scope shows the exports of others.
  BulkExport: 'exports of others',
}

/** The sufficient needs of these fields: a scope, or a kind of viewer. */
const guards: readonly (readonly [needs: string, fields: string])[] = [
  ['customer', 'Mutation.reviewAdd'],
  ['customer customers:marketing customers:pii', 'Address.postalCode Address.recipient Address.street'],
  [
    'customer customers:marketing customers:pii',
    'Customer.contactName Customer.contactTitle Customer.email Customer.phone',
  ],
  [
    'customer customers:marketing customers:pii',
    'ShippingAddress.postalCode ShippingAddress.recipient ShippingAddress.street',
  ],
  ['customer customers:marketing customers:pii', 'Order.cancelReason Refund.reason Return.reason StockMovement.note'],
  [
    'customer customers:marketing customers:read',
    'Order.customer Query.customer Query.customers Subscription.customersChanged',
  ],
  ['customer orders:read', 'Customer.lifetimeValue Customer.orders Query.order Query.orders StockMovement.order'],
  ['customer orders:read', 'Subscription.orderChanged Subscription.ordersChanged'],
  ['orders:read', 'Product.unitsSold'],
  ['stock:read', 'Product.stock Product.stockMovements'],
  ['suppliers:read', 'Supplier.contact SupplierContact.name SupplierContact.phone SupplierContact.postalCode'],
  ['suppliers:read', 'SupplierContact.street SupplierContact.title'],
  ['reports:read', 'Query.receivablesReport Query.salesReport Query.stockReport'],
  [
    'customer customers:marketing customers:read',
    'ReceivablesReportRow.country ReceivablesReportRow.customer SalesReportRow.customer',
  ],
  ['stock:read', 'StockReportRow.onHand StockReportRow.reserved StockReportRow.toReorder StockReportRow.value'],
  ['audit:read', 'Query.auditEvents'],
  ['customer catalog:write customers:write orders:write', 'Query.bulkImport'],
  ['keys:manage', 'ApiKey.createdBy Query.apiKeys Mutation.apiKeyCreate Mutation.apiKeyRevoke'],
  ['webhooks:manage', 'Query.webhookDeliveries Query.webhooks Mutation.webhookCreate Mutation.webhookDelete'],
  [
    'webhooks:manage',
    'Mutation.webhookReplay Mutation.webhookRotateSecret Mutation.webhookTest Mutation.webhookUpdate',
  ],
  ['apiKey customer staff', 'Query.bulkExport Query.bulkExports'],
  ['apiKey customer staff', 'Mutation.bulkExportCancel Mutation.bulkExportCreate Mutation.bulkExportResume'],
  ['catalog:write', 'Mutation.categoryCreate Mutation.categoryUpdate Mutation.productCreate'],
  ['catalog:write', 'Mutation.productDiscontinue Mutation.productUpdate Mutation.stockAdjust'],
  ['customers:write', 'Mutation.customerCreate'],
  ['customer customers:write', 'Mutation.addressAdd Mutation.addressRemove Mutation.addressUpdate'],
  ['customer customers:write', 'Mutation.customerConsentSet Mutation.customerUpdate'],
  ['customer privacy:manage', 'Mutation.personErase Mutation.personEraseCancel Mutation.personExport'],
  ['customer privacy:manage', 'Query.personRequest Query.personRequests'],
  ['privacy:manage', 'Mutation.personRelease Mutation.personRestrict'],
  ['privacy:manage', 'PersonRequest.requesterId PersonRequest.requesterKind'],
  ['customer orders:write', 'Mutation.orderCancel Mutation.orderConfirmDelivery Mutation.orderPlace'],
  ['customer orders:write', 'Mutation.orderReturn Mutation.orderUpdateLines'],
  ['orders:write', 'Mutation.orderShip'],
  ['payments:write', 'Mutation.paymentRecord Mutation.paymentRefund'],
]

/** The needs of each guarded field, one of which is enough. Other fields need only a visible object. */
export const neededBy: ReadonlyMap<string, readonly string[]> = new Map(
  guards.flatMap(([needs, fields]) => fields.split(' ').map((field): [string, string[]] => [field, needs.split(' ')])),
)

export function needsOf({ type, field }: Pick<Visit, 'type' | 'field'>): readonly string[] {
  return neededBy.get(`${type.name}.${field.name}`) ?? []
}

export function has({ kind, scopes }: Declared, need: string): boolean {
  return need === kind || scopes.includes(need)
}

/** Whether the viewer sees all rows of the type. */
export function mayRead(declared: Declared, typeName: string): boolean {
  const scope = shownBy[typeName]
  return scope === undefined || showsAll(scope, declared)
}

/** With this scope staff see all rows, and an API key those of its own; without it a key does not see even these. */
const ofOwnKey = 'webhooks:manage'

/** Whether the scope shows the viewer every row, not only their own. */
export function showsAll(scope: string, { kind, scopes }: Declared): boolean {
  return scopes.includes(scope) && !(scope === ofOwnKey && kind === 'apiKey')
}

/** Whether the viewer sees the rows of the type that are their own. */
export function mayReadOwn({ scopes }: Declared, typeName: string): boolean {
  return shownBy[typeName] !== ofOwnKey || scopes.includes(ofOwnKey)
}

/** The values of a response that are not declared visible, and the number of values checked. */
export function seenIn(
  data: unknown,
  type: GraphQLObjectType,
  declared: Declared,
  owners: ReadonlyMap<string, Owner>,
): { values: number; leaks: string[] } {
  const leaks: string[] = []
  let values = 0
  for (const visit of visitsOf(type, data, '')) {
    if (visit.value === null) continue
    values++
    const needs = needsOf(visit)
    if (needs.length > 0 && !needs.some((need) => has(declared, need)))
      leaks.push(`${visit.path} needs ${needs.join(' or ')}`)
    if (visit.type.name === 'Event' && visit.field.name === 'payload') leaks.push(...detailLeak(visit, declared))
    if (visit.field.name === 'id' && visit.type.name !== 'Viewer') leaks.push(...rowLeak(visit, declared, owners))
  }
  return { values, leaks }
}

/** Everyone learns how many units can be ordered. The stock behind it has a scope of its own. */
function detailLeak({ value, path }: Visit, { scopes }: Declared): string[] {
  if (typeof value !== 'object' || value === null || !('onHand' in value || 'reserved' in value)) return []
  return scopes.includes('stock:read') ? [] : [`${path} tells of the stock`]
}

function rowLeak({ type, value, path }: Visit, declared: Declared, owners: ReadonlyMap<string, Owner>): string[] {
  // The audit trail grows while it is read, and all of it is of one kind.
  const owned = type.name === 'AuditEvent' ? 'nobody' : owners.get(String(value))
  if (owned === undefined) return [`${path}: whose is ${String(value)}?`]
  const [owner, scope] = owned.split(' or ')
  if (
    owner === 'everyone' ||
    owner === declared.maker ||
    (owner === declared.subject && mayReadOwn(declared, type.name))
  )
    return []
  if (scope === undefined ? mayRead(declared, type.name) : showsAll(scope, declared)) return []
  return [`${path.slice(0, -3)} is another’s ${type.name}`]
}
