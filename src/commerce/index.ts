import { join } from 'node:path'
import type { Domain, Site } from '../platform/domain.ts'
import { withErasure } from '../platform/privacy/map/person-privileges.ts'
import { roles, rowPolicies, scopes, sensitivities, toViewer, usesTools } from './access.ts'
import { audiences } from './audiences.ts'
import './bulk-exports.ts'
import './bulk.ts'
import { captures } from './captures.ts'
import './catalog/category-create.ts'
import './catalog/category-update.ts'
import './catalog/category.ts'
import './catalog/product-create.ts'
import './catalog/product-discontinue.ts'
import './catalog/product-update.ts'
import './catalog/product.ts'
import './catalog/review-add.ts'
import './catalog/review.ts'
import { reviewsService } from './catalog/reviews-service.ts'
import './catalog/stock-adjust.ts'
import './catalog/supplier.ts'
import './customer/address-add.ts'
import './customer/address-remove.ts'
import './customer/address-update.ts'
import './customer/address.ts'
import './customer/customer-consent-set.ts'
import './customer/customer-create.ts'
import './customer/customer-update.ts'
import './customer/customer.ts'
import './customer/marketing-consent.ts'
import { demo } from './demo.ts'
import { events } from './events.ts'
import { exampleOperations } from './examples.ts'
import './order/order-cancel.ts'
import './order/order-confirm-delivery.ts'
import './order/order-line.ts'
import './order/order-place.ts'
import './order/order-return.ts'
import './order/order-ship.ts'
import './order/order-timeline.ts'
import './order/order-update-lines.ts'
import './order/order.ts'
import './payment/invoice.ts'
import './payment/payment-record.ts'
import './payment/payment-refund.ts'
import './payment/payment.ts'
import './payment/refund.ts'
import { personTopics } from './person-topics.ts'
import { heldOfPeople } from './personal-data.ts'
import './persons.ts'
import { privileges } from './privileges.ts'
import './reports/receivables-report.ts'
import './reports/sales-report.ts'
import './reports/stock-report.ts'
import { carrierService } from './shipping/carrier-service.ts'
import './shipping/carrier.ts'
import './shipping/return.ts'
import './shipping/shipment.ts'
import './shipping/tracking.ts'
import './subscriptions.ts'
import './viewer.ts'
import './webhooks.ts'

const site: Site = {
  path: '/shop',
  name: 'Shop',
  about: 'A storefront that lives on the API: browse, order, and serve customers.',
  folder: join(import.meta.dirname, '../../examples/storefront/dist/site'),
  manifest: join(import.meta.dirname, '../../examples/storefront/dist/trusted-documents.json'),
  buildWith: 'npm run storefront',
}

/** The shop's order-to-cash. Each import above adds its types, fields and mutations to the schema. */
export const commerce: Domain = {
  name: 'commerce',
  scopes,
  roles,
  toViewer,
  rowPolicies: { ...rowPolicies, DomainEvent: events.policy, PlacedEvent: events.policy },
  privileges: withErasure(privileges, heldOfPeople),
  sensitivities,
  personalData: heldOfPeople,
  personTopics,
  captures,
  topics: events.topics,
  eventPolicy: events.policy,
  remoteSources: [carrierService, reviewsService],
  exampleOperations,
  audiences,
  operations: { folder: join(import.meta.dirname, 'operations'), tools: usesTools },
  site,
  demo,
}
