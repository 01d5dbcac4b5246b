import type { Claims } from '../platform/auth/authenticate.ts'
import type { RowPolicies, RowPolicy } from '../platform/auth/row-policy.ts'
import { anyOf, kind, scope } from '../platform/auth/rule.ts'
import type { Viewer } from '../platform/auth/viewer.ts'
import type { Domain } from '../platform/domain.ts'
import { parseId } from '../platform/ids.ts'
import type { Sensitivities } from '../platform/privacy/sensitivity.ts'

declare module '../platform/privacy/sensitivity.ts' {
  interface SensitivityNames {
    /** Who somebody is, how to reach them, and texts that may tell of it. */
    personal: true
  }
}

/** What staff may be allowed to do, and what each role is allowed. */
const scopes = [
  'catalog:write',
  'stock:read',
  'suppliers:read',
  'customers:read',
  'customers:pii',
  'customers:write',
  'orders:read',
  'orders:write',
  'payments:write',
  'keys:manage',
  'audit:read',
] as const

type Scope = (typeof scopes)[number]

const roles: Record<string, readonly Scope[]> = {
  admin: scopes,
  support: ['customers:read', 'orders:read', 'stock:read'],
  warehouse: ['orders:read', 'orders:write', 'stock:read', 'suppliers:read'],
  auditor: ['audit:read'],
}

const staffScope = (name: Scope) => scope(name)
const customer = kind('customer')

// The row policy shows a customer their own rows only, so "a customer" below means "the customer it is about".
export const readsCustomers = anyOf(customer, staffScope('customers:read'))
export const readsOrders = anyOf(customer, staffScope('orders:read'))
const readsPersonalData = anyOf(customer, staffScope('customers:pii'))
export const changesOrders = anyOf(customer, staffScope('orders:write'))
export const shipsOrders = staffScope('orders:write')
export const restocksReturns = staffScope('orders:write')
export const recordsPayments = staffScope('payments:write')
export const changesCustomers = anyOf(customer, staffScope('customers:write'))
export const createsCustomers = staffScope('customers:write')
export const changesCatalog = staffScope('catalog:write')
export const readsSales = staffScope('orders:read')
export const readsStock = staffScope('stock:read')
export const readsSuppliers = staffScope('suppliers:read')

/** Who reads what is tagged. */
export const sensitivities: Sensitivities = {
  personal: readsPersonalData,
  audit: staffScope('audit:read'),
}

export const toViewer: Domain['toViewer'] = ({ sub, kind, roles: names }: Claims): Viewer | undefined => {
  if (kind === 'staff') {
    const granted = new Set<string>(names.flatMap((name) => (Object.hasOwn(roles, name) ? (roles[name] ?? []) : [])))
    return { kind, id: sub, subject: undefined, roles: names, scopes: granted }
  }
  const subject = parseId('Customer', sub)
  if (kind !== 'customer' || !subject) return undefined
  return { kind, id: sub, subject, roles: [], scopes: new Set() }
}

const everyRow = { rows: () => 'all' as const }
const noRow = { rows: () => 'none' as const }

/** All rows for staff with the scope; for a customer those that belong to them; none for anyone else. */
function owned<Where>(
  name: Scope,
  ofCustomer: (customerId: string) => Where,
  implies: readonly string[] = [],
): RowPolicy<Where> {
  return {
    rows: (viewer) => {
      if (viewer.scopes.has(name)) return 'all'
      return viewer.kind === 'customer' && viewer.subject ? ofCustomer(viewer.subject) : 'none'
    },
    implies,
  }
}

/** Who sees which rows. The platform puts this below every read. */
export const rowPolicies: RowPolicies = {
  Category: everyRow,
  Supplier: everyRow,
  Product: everyRow,
  Carrier: everyRow,
  Customer: owned('customers:read', (id) => ({ id })),
  Address: owned('customers:read', (customerId) => ({ customerId }), ['customer']),
  StockMovement: {
    rows: (viewer) => (viewer.scopes.has('stock:read') ? 'all' : 'none'),
    implies: ['product', 'order'],
  },
  Order: owned('orders:read', (customerId) => ({ customerId }), ['customer', 'invoice']),
  OrderLine: owned('orders:read', (customerId) => ({ order: { customerId } }), ['order']),
  Shipment: owned('orders:read', (customerId) => ({ order: { customerId } }), ['order']),
  ShipmentLine: owned('orders:read', (customerId) => ({ shipment: { order: { customerId } } }), [
    'shipment',
    'orderLine',
  ]),
  Payment: owned('orders:read', (customerId) => ({ order: { customerId } }), ['order']),
  Refund: owned('orders:read', (customerId) => ({ order: { customerId } }), ['order', 'creditNote']),
  Invoice: owned('orders:read', (customerId) => ({ order: { customerId } }), ['order']),
  CreditNote: owned('orders:read', (customerId) => ({ order: { customerId } }), ['order', 'refund']),
  Return: owned('orders:read', (customerId) => ({ order: { customerId } }), ['order']),
  ReturnLine: owned('orders:read', (customerId) => ({ return: { order: { customerId } } }), ['return', 'orderLine']),
  DocumentSeries: noRow,
  Dataset: noRow,
  IdempotencyRecord: noRow,
  AuditEvent: { rows: (viewer) => (viewer.scopes.has('audit:read') ? 'all' : 'none') },
  DomainEvent: owned('orders:read', (ownerId) => ({ ownerId })),
}
