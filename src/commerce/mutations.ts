import { defineMutations, type PreparationElsewhere } from '../platform/mutations/define-mutations.ts'
import type { MutationScope } from '../platform/mutations/run-mutation.ts'
import type { CommonCode, UserErrors } from '../platform/mutations/user-errors.ts'

const codes = {
  ADDRESS_UNKNOWN: 'There is no such address, or none this viewer may change.',
  AMOUNT_MISMATCH: 'The amount is not what is to be paid: partial payments and overpayments are not taken.',
  CARRIER_UNKNOWN: 'There is no such carrier.',
  CATEGORY_UNKNOWN: 'There is no such category.',
  CODE_TAKEN: 'Another customer has this code.',
  CURRENCY_MISMATCH: 'It is in another currency than what it belongs to: an order has one, and so has a product.',
  CUSTOMER_REQUIRED: 'Staff must say whom it is for.',
  CUSTOMER_UNKNOWN: 'There is no such customer, or none this viewer may act for.',
  DATE_IN_PAST: 'The date has passed.',
  DUPLICATE_PRODUCT: 'A product stands on two lines; put the whole quantity on one.',
  DUPLICATE_LINE: 'A line of the order is named twice; put the whole quantity on one.',
  EMAIL_TAKEN: 'Another customer has this e-mail address.',
  EMPTY_ORDER: 'An order has at least one line.',
  INSUFFICIENT_STOCK: 'Fewer units are available than are needed.',
  INVALID_AMOUNT: 'An amount is below what it may be, or has more digits than its currency or than 15.',
  INVALID_QUANTITY: 'A quantity is beyond its bounds: from 1 to 10,000 on the line of an order.',
  INVALID_RATING: 'A rating is from 1 to 5.',
  INVALID_TRANSITION: 'The order’s state does not allow this.',
  LINE_UNKNOWN: 'The order has no such line.',
  NAME_TAKEN: 'Another category has this name.',
  ORDER_UNKNOWN: 'There is no such order, or none this viewer may change.',
  PRODUCT_DISCONTINUED: 'The product is no longer sold.',
  PRODUCT_UNKNOWN: 'There is no such product.',
  QUANTITY_EXCEEDED: 'More units than there are left of this line.',
  REFUND_EXCEEDED: 'More than was received and not yet given back.',
  RESTOCK_NOT_ALLOWED: 'Only staff put what came back into the stock again.',
  SKU_TAKEN: 'Another product has this SKU.',
  SUPPLIER_UNKNOWN: 'There is no such supplier.',
  TOO_MANY_ADDRESSES: 'A customer has at most 20 addresses.',
  TOO_MANY_LINES: 'An order has at most 100 lines.',
  TOTAL_TOO_LARGE: 'The order costs more than an order can.',
} as const

/** Of what an order may say, for all who place them. */
const codesOfOrders = [
  ...(['CARRIER_UNKNOWN', 'CURRENCY_MISMATCH', 'DATE_IN_PAST', 'DUPLICATE_LINE', 'DUPLICATE_PRODUCT'] as const),
  ...(['EMPTY_ORDER', 'INSUFFICIENT_STOCK', 'INVALID_QUANTITY', 'INVALID_TRANSITION', 'LINE_UNKNOWN'] as const),
  ...(['ORDER_UNKNOWN', 'PRODUCT_DISCONTINUED', 'PRODUCT_UNKNOWN', 'QUANTITY_EXCEEDED'] as const),
  ...(['TOO_MANY_LINES', 'TOTAL_TOO_LARGE'] as const),
]
/** Of a customer's own data. */
const codesOfCustomers = ['ADDRESS_UNKNOWN', 'CUSTOMER_UNKNOWN', 'EMAIL_TAKEN', 'TOO_MANY_ADDRESSES'] as const

/** Defines every mutation of the shop; order/order-place.ts is the pattern. */
export const mutation = defineMutations(codes, {
  storefront: [...codesOfOrders, ...codesOfCustomers, 'INVALID_RATING', 'RESTOCK_NOT_ALLOWED'],
  partner: [
    ...[...codesOfOrders, ...codesOfCustomers],
    ...(['CATEGORY_UNKNOWN', 'CODE_TAKEN', 'CUSTOMER_REQUIRED', 'INVALID_AMOUNT', 'SKU_TAKEN'] as const),
    'SUPPLIER_UNKNOWN',
  ],
})

/** What a mutation of the shop works with. */
export type Scope = MutationScope & { errors: Errors }

/** What a mutation of the shop works with at another service. */
export type ScopeElsewhere = PreparationElsewhere<keyof typeof codes | CommonCode>

export type Errors = UserErrors<keyof typeof codes | CommonCode>
