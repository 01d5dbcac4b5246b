import { encodeId } from '../platform/graphql/ids.ts'
import { personalData } from '../platform/privacy/map/personal-data.ts'

const contract = { purpose: 'contract' } as const
/** A column that says something in every row. */
const withheld = { ...contract, erased: 'withheld' } as const

/** What the shop holds of people. `npm run check` fails where a column is missing; docs/privacy.md is made from it. */
export const heldOfPeople = personalData({
  subjects: {
    Customer: {
      about: 'a customer',
      inactive: {
        afterDays: 3 * 365,
        where: (since) => ({
          createdAt: { lt: since },
          orders: {
            none: {
              OR: [
                { placedAt: { gte: since } },
                { status: { in: ['PLACED', 'PAID', 'PARTIALLY_SHIPPED', 'SHIPPED'] } },
              ],
            },
          },
        }),
      },
    },
  },
  subjectOf: ({ kind, subject }) =>
    kind === 'customer' && subject !== undefined ? { type: 'Customer', key: subject } : undefined,
  viewerOf: ({ key }) => ({
    kind: 'customer',
    id: encodeId('Customer', key),
    subject: key,
    roles: [],
    scopes: new Set(),
  }),
  purposes: {
    contract: {
      about: 'to take orders, to deliver them and to be paid',
      ground: 'contract',
      keep: 'until the customer is erased: when they ask, or after three years without an order',
    },
    marketing: {
      about: 'to tell customers of offers',
      ground: 'consent',
      keep: 'until they withdraw their consent, or are erased',
    },
    suppliers: {
      about: 'to reach the people of a supplier',
      ground: 'legitimateInterest',
      keep: 'as long as the supplier delivers',
    },
  },
  duties: {
    invoices: {
      about: 'Invoices, and what they say of buyer and delivery (§ 147 AO; directive 2006/112/EC, article 247).',
      years: 10,
    },
  },
  models: {
    Customer: {
      subject: 'Customer',
      version: 'version',
      columns: {
        code: { ...contract, erased: (mark) => `X${mark.slice(0, 11).toUpperCase()}` },
        name: withheld,
        contactName: contract,
        contactTitle: contract,
        email: { ...contract, erased: (mark) => `${mark}@withheld.invalid` },
        phone: contract,
        marketingConsent: { purpose: 'marketing', erased: 'false' },
      },
      // The country is that of many people, and statistics need it. The folded name follows from the name.
      impersonal: ['country', 'nameFolded'],
    },
    Address: {
      subject: 'Customer',
      path: 'customer',
      isDeleted: true,
      version: 'version',
      columns: {
        recipient: withheld,
        street: withheld,
        city: withheld,
        region: contract,
        postalCode: contract,
      },
      impersonal: ['country'],
    },
    MarketingConsent: { subject: 'Customer', path: 'customer', columns: {}, impersonal: ['actorKind'] },
    Order: {
      subject: 'Customer',
      path: 'customer',
      version: 'version',
      dutyFrom: 'placedAt',
      dutyIf: 'invoice',
      columns: {
        shipToRecipient: { ...withheld, keptBy: 'invoices' },
        shipToStreet: { ...withheld, keptBy: 'invoices' },
        shipToCity: { ...withheld, keptBy: 'invoices' },
        shipToRegion: { ...contract, keptBy: 'invoices' },
        shipToPostalCode: { ...contract, keptBy: 'invoices' },
        cancelReason: contract,
      },
      impersonal: ['currency', 'shipToCountry'],
    },
    OrderLine: { subject: 'Customer', path: 'order.customer', columns: {} },
    // Only the carrier can lead a tracking number back to a person, and events have it.
    Shipment: { subject: 'Customer', path: 'order.customer', columns: {}, impersonal: ['trackingNumber'] },
    ShipmentLine: { subject: 'Customer', path: 'shipment.order.customer', columns: {} },
    Payment: { subject: 'Customer', path: 'order.customer', columns: {} },
    Refund: { subject: 'Customer', path: 'order.customer', columns: { reason: contract } },
    Invoice: { subject: 'Customer', path: 'order.customer', columns: {}, impersonal: ['number'] },
    CreditNote: { subject: 'Customer', path: 'order.customer', columns: {}, impersonal: ['number'] },
    Return: { subject: 'Customer', path: 'order.customer', columns: { reason: contract } },
    ReturnLine: { subject: 'Customer', path: 'return.order.customer', columns: {} },
    StockMovement: { subject: 'Customer', path: 'order.customer', columns: { note: contract } },
    Supplier: {
      subject: 'the people of a supplier',
      columns: {
        contactName: { purpose: 'suppliers' },
        contactTitle: { purpose: 'suppliers' },
        phone: { purpose: 'suppliers' },
      },
      impersonal: ['name', 'street', 'city', 'region', 'postalCode', 'country'],
    },
  },
  impersonal: {
    'Carrier.phone': 'The line of a company, for everyone.',
  },
})
