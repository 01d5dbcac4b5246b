import { apiKeyPolicy } from '../platform/api-keys/api-key.ts'
import type { Identity } from '../platform/auth/identity.ts'
import type { RowPolicies, RowPolicy } from '../platform/auth/row-policy.ts'
import { anyOf, kind, type Rule, scope } from '../platform/auth/rule.ts'
import type { Viewer } from '../platform/auth/viewer.ts'
import { bulkExportPolicy } from '../platform/bulk/bulk-export-policy.ts'
import { bulkImportPolicies } from '../platform/bulk/bulk-import.ts'
import type { Domain } from '../platform/domain.ts'
import { parseId } from '../platform/graphql/ids.ts'
import { personPolicies } from '../platform/persons/requests/person-request-policy.ts'
import type { Sensitivities } from '../platform/privacy/sensitivity.ts'
import { webhookPolicies } from '../platform/webhooks/webhook-policies.ts'
import { heldOfPeople } from './personal-data.ts'

declare module '../platform/privacy/sensitivity.ts' {
  interface SensitivityNames {
    /** Values that identify a person or say how to reach them, and texts that may contain such values. */
    personal: true
  }
}

/** Permissions of staff and of partners' programs. */
export const scopes = {
  'catalog:write': 'Change products, categories and stock.',
  'stock:read': 'See how the stock of a product came about.',
  'suppliers:read': 'See whom to reach at a supplier.',
  'customers:read': 'See customers and their names, but not how they can be reached.',
  'customers:pii': 'See how customers can be reached, and notes and reasons that may tell of them.',
  'customers:marketing': 'See customers who consent to marketing, and how they can be reached; nobody else.',
  'customers:write': 'Add customers, and change them and their addresses.',
  'orders:read': 'See all orders, with what was paid, shipped and returned.',
  'orders:write': 'Place, change, ship, cancel and take back orders for any customer.',
  'payments:write': 'Record payments, and give money back.',
  'reports:read': 'See reports: sums over the orders, products and customers that the viewer may see.',
  'keys:manage': 'Make, list and revoke API keys.',
  'webhooks:manage': 'Make, change and replay webhooks: an API key its own, staff those of all keys.',
  'tools:use': 'Let agents call tools with an API key.',
  'privacy:manage': 'Export, erase and restrict the data of people, and see every such request.',
  'audit:read': 'See who did what.',
} as const

type Scope = keyof typeof scopes

export const managesKeys: Scope = 'keys:manage'
export const managesWebhooks: Scope = 'webhooks:manage'
export const managesPersons: Scope = 'privacy:manage'

/** Roles of staff: named sets of scopes. */
export const roles: Readonly<Record<string, readonly Scope[]>> = {
  admin: Object.keys(scopes).filter(isScope),
  support: ['customers:read', 'orders:read', 'stock:read'],
  warehouse: ['orders:read', 'orders:write', 'stock:read', 'suppliers:read'],
  auditor: ['audit:read'],
  analyst: ['reports:read', 'orders:read', 'customers:read', 'stock:read'],
  marketing: ['customers:marketing'],
}

const staffScope = (name: Scope) => scope(name)
const customer = kind('customer')

/** Who sees customers for marketing alone: the row policy shows those who consent. */
export const readsForMarketing: Rule = {
  ...staffScope('customers:marketing'),
  name: 'scope customers:marketing, without customers:read',
  allows: ({ scopes: own }) => own.has('customers:marketing') && !own.has('customers:read'),
}

// The row policy shows a customer their own rows only, so "a customer" below means the customer whose row it is.
export const readsCustomers = anyOf(customer, staffScope('customers:read'), readsForMarketing)
export const readsOrders = anyOf(customer, staffScope('orders:read'))
const readsPersonalData = anyOf(customer, staffScope('customers:pii'), readsForMarketing)
export const reviewsProducts = customer
export const changesOrders = anyOf(customer, staffScope('orders:write'))
export const shipsOrders = staffScope('orders:write')
export const restocksReturns = staffScope('orders:write')
export const recordsPayments = staffScope('payments:write')
export const changesCustomers = anyOf(customer, staffScope('customers:write'))
export const createsCustomers = staffScope('customers:write')
export const changesCatalog = staffScope('catalog:write')
export const readsSales = staffScope('orders:read')
export const readsAllCustomers = staffScope('customers:read')
export const readsStock = staffScope('stock:read')
export const readsReports = staffScope('reports:read')
/** Everyone with a credential: an export has an owner. */
export const makesExports = anyOf(customer, kind('staff'), kind('apiKey'))
/** Whose agents may call tools. The token of a person is theirs; an API key says whether it is meant for agents. */
export const usesTools = anyOf(customer, kind('staff'), staffScope('tools:use'))
export const readsSuppliers = staffScope('suppliers:read')

/** The rule that each sensitivity tag brings. */
export const sensitivities: Sensitivities = {
  personal: readsPersonalData,
  audit: staffScope('audit:read'),
}

export const toViewer: Domain['toViewer'] = ({ id, kind, roles: named, scopes: own }: Identity): Viewer | undefined => {
  if (kind === 'staff') {
    const known = named.filter((name) => Object.hasOwn(roles, name))
    const granted = new Set<string>([...known.flatMap((name) => roles[name] ?? []), ...own])
    return { kind, id, subject: undefined, roles: known, scopes: granted }
  }
  const subject = parseId('Customer', id)
  if (kind !== 'customer' || !subject) return undefined
  // Roles and scopes in a customer's token do not count: only staff has them.
  return { kind, id, subject, roles: [], scopes: new Set() }
}

function isScope(name: string): name is Scope {
  return Object.hasOwn(scopes, name)
}

const everyRow = { rows: () => 'all' as const }
/** The catalogue, visible to everyone. Triggers report each write. */
const catalogue = { ...everyRow, cacheable: true } as const

/** All rows for staff with the scope, their own rows for a customer, none for anyone else. */
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

const ownCustomers = owned('customers:read', (id) => ({ id }))

/** Which rows each viewer sees. The platform applies it below every read. */
export const rowPolicies: RowPolicies = {
  Category: catalogue,
  Supplier: catalogue,
  // Every order changes the stock, so a cached response with it would be out of date at once.
  Product: { ...everyRow, cacheable: { except: ['stockOnHand', 'stockReserved'] } },
  Carrier: everyRow,
  Customer: {
    rows: (viewer) => (readsForMarketing.allows(viewer) ? { marketingConsent: true } : ownCustomers.rows(viewer)),
  },
  MarketingConsent: owned('customers:read', (customerId) => ({ customerId }), ['customer']),
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
  ApiKey: apiKeyPolicy(managesKeys),
  ...webhookPolicies(managesWebhooks),
  ...bulkImportPolicies,
  BulkExport: bulkExportPolicy,
  ...personPolicies(managesPersons, heldOfPeople),
  AuditEvent: { rows: (viewer) => (viewer.scopes.has('audit:read') ? 'all' : 'none') },
}
