import type { Choice } from './choice.ts'

/** What all callers know of the shop, and add to. */
export interface Shop {
  /** The current URL, which changes with each restart. */
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
  mutation: string
  /** Whether staff sends the request, or the caller's customer. */
  staff: boolean
  query: string
  input: object
}

const shipTo = { recipient: 'Somebody', street: 'Some street 1', city: 'Berlin', country: 'DE' }
/** Only the newest orders are used, so that callers meet at them. */
const workedOn = 40

/** The request of a choice at this moment; undefined where there is no order yet. */
export function requestOf(choice: Choice, shop: Shop): Request | undefined {
  const { mutation } = choice
  if (mutation === 'orderPlace') return request(mutation, false, { lines: linesOf(choice, shop), shipTo })
  if (mutation === 'stockAdjust') {
    const productId = shop.products[choice.pick % shop.products.length]
    return request(mutation, true, { productId, quantity: choice.amount - 4 || 1, reason: 'COUNT' })
  }
  const order = shop.orders.at(-1 - (choice.pick % Math.min(shop.orders.length || 1, workedOn)))
  return order && orderRequest(choice, order, shop)
}

function orderRequest(choice: Choice, order: KnownOrder, shop: Shop): Request {
  const { mutation, amount, whole } = choice
  const orderId = order.id
  const units = order.lineIds.map((orderLineId) => ({ orderLineId, quantity: amount }))
  switch (mutation) {
    case 'orderUpdateLines':
      return request(mutation, true, { orderId, version: order.version, lines: linesOf(choice, shop) })
    case 'orderShip':
      return request(mutation, true, { orderId, carrierId: shop.carrierId, ...(whole ? {} : { lines: units }) })
    case 'orderReturn':
      return request(mutation, true, { orderId, lines: units, restock: whole })
    case 'paymentRecord': {
      // Sometimes a wrong amount, which must change nothing.
      const paid = amount === 9 ? '0.01' : order.due
      return request(mutation, true, { orderId, amount: paid, currency: 'USD', method: 'CARD' })
    }
    case 'paymentRefund':
      return request(mutation, true, { orderId, amount: String(amount), currency: 'USD' })
    default:
      return request(mutation, true, { orderId })
  }
}

function linesOf(choice: Choice, { products }: Shop): { productId: string; quantity: number }[] {
  const quantities = new Map(
    choice.lines.map(({ product, quantity }) => [products[product % products.length] ?? '', quantity]),
  )
  return [...quantities].map(([productId, quantity]) => ({ productId, quantity }))
}

function request(mutation: string, staff: boolean, input: object): Request {
  const inputType = `${mutation.slice(0, 1).toUpperCase()}${mutation.slice(1)}Input`
  const changed = mutation === 'stockAdjust' ? '' : 'order { id version grandTotal { amount } lines { id } }'
  const query = `mutation ($input: ${inputType}!) { mutation: ${mutation}(input: $input) { userErrors { code } ${changed} } }`
  return { mutation, staff, query, input }
}
