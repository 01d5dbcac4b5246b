import type { Domain } from '../platform/domain.ts'
import { rowPolicies, toViewer } from './access.ts'
import './catalog/category.ts'
import './catalog/product.ts'
import './catalog/supplier.ts'
import './customer/address.ts'
import './customer/customer.ts'
import { exampleOperations } from './examples.ts'
import './order/order-line.ts'
import './order/order-place.ts'
import './order/order.ts'
import './payment/invoice.ts'
import './payment/payment.ts'
import './shipping/carrier.ts'
import './shipping/shipment.ts'
import './viewer.ts'

/** The shop's order-to-cash. Each import above adds its types, fields and verbs to the schema. */
export const commerce: Domain = { toViewer, rowPolicies, exampleOperations }
