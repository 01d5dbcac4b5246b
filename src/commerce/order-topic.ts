import { readsSales } from './access.ts'

/** What happens to an order, payments included: the events of an order are one sequence. */
export const ofOrders = { version: 1, aggregate: 'Order', owner: 'Customer', seenBy: readsSales } as const
