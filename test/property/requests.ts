import type { Choice } from './choice.ts'

/** What all callers know of the shop, and add to. */
export interface Shop {
  /** Where to ask: a new place after each restart. */
  server(): Promise<{ url: string }>
  products: readonly string[]
  carrierId: string
  orders: KnownOrder[]
}

interface KnownOrder {
  id: string
  due: string
  version: number
  lineIds: string[]
}

export interface Request {
  verb: string
  /** Whether staff asks, or the caller's customer. */
  staff: boolean
  query: string
  input: object
}

const shipTo = { recipient: 'Somebody', street: 'Some street 1', city: 'Berlin', country: 'DE' }
/** Only the newest orders are worked on, so that callers meet at them. */
const workedOn = 40

/** The request a choice comes to, as things are; undefined where there is no order yet. */
export function requestOf(choice: Choice, shop: Shop): Request | undefined {
  const { verb } = choice
  if (verb === 'orderPlace') return request(verb, false, { lines: linesOf(choice, shop), shipTo })
  if (verb === 'stockAdjust') {
    const productId = shop.products[choice.pick % shop.products.length]
    return request(verb, true, { productId, quantity: choice.amount - 4 || 1, reason: 'COUNT' })
  }
  const order = shop.orders.at(-1 - (choice.pick % Math.min(shop.orders.length || 1, workedOn)))
  return order && orderRequest(choice, order, shop)
}

function orderRequest(choice: Choice, order: KnownOrder, shop: Shop): Request {
  const { verb, amount, whole } = choice
  const orderId = order.id
  const units = order.lineIds.map((orderLineId) => ({ orderLineId, quantity: amount }))
  switch (verb) {
    case 'orderUpdateLines':
      return request(verb, true, { orderId, version: order.version, lines: linesOf(choice, shop) })
    case 'orderShip':
      return request(verb, true, { orderId, carrierId: shop.carrierId, ...(whole ? {} : { lines: units }) })
    case 'orderReturn':
      return request(verb, true, { orderId, lines: units, restock: whole })
    case 'paymentRecord': {
      // Now and then the wrong amount, which must change nothing.
      const paid = amount === 9 ? '0.01' : order.due
      return request(verb, true, { orderId, amount: paid, currency: 'USD', method: 'CARD' })
    }
    case 'paymentRefund':
      return request(verb, true, { orderId, amount: String(amount), currency: 'USD' })
    default:
      return request(verb, true, { orderId })
  }
}

function linesOf(choice: Choice, { products }: Shop): { productId: string; quantity: number }[] {
  const quantities = new Map(
    choice.lines.map(({ product, quantity }) => [products[product % products.length] ?? '', quantity]),
  )
  return [...quantities].map(([productId, quantity]) => ({ productId, quantity }))
}

function request(verb: string, staff: boolean, input: object): Request {
  const inputType = `${verb.slice(0, 1).toUpperCase()}${verb.slice(1)}Input`
  const changed = verb === 'stockAdjust' ? '' : 'order { id version grandTotal { amount } lines { id } }'
  const query = `mutation ($input: ${inputType}!) { verb: ${verb}(input: $input) { userErrors { code } ${changed} } }`
  return { verb, staff, query, input }
}
