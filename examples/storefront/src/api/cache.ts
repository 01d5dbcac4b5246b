import type { Cache, CacheExchangeOpts, DataFields } from '@urql/exchange-graphcache'
import { relayPagination } from '@urql/exchange-graphcache/extras'

/** Objects without an id of their own: a part of their parent. */
const embedded = () => null

/**
 * Mutations return what they changed, and the cache updates every place that shows it. A response cannot tell which
 * lists the object now belongs to, so those lists are read again when they are shown.
 */
export const cacheSettings: Partial<CacheExchangeOpts> = {
  keys: {
    Money: embedded,
    OrderChange: embedded,
    OrderEvent: embedded,
    ParcelTracking: embedded,
    PersonHolding: embedded,
    ProductChange: embedded,
    ProductReviews: embedded,
    ProductStock: embedded,
    ReturnLine: embedded,
    Review: embedded,
    ShipmentLine: embedded,
    ShippingAddress: embedded,
    Viewer: embedded,
  },
  resolvers: {
    Query: {
      products: relayPagination(),
      orders: relayPagination(),
    },
  },
  updates: {
    Mutation: {
      orderPlace(result, _args, cache) {
        if (!nodeIn(result, 'orderPlace', 'order')) return
        linkOrder(result, cache)
        cache.invalidate('Query', 'orders')
      },
      paymentRecord: moves('paymentRecord', 'order', 'orders'),
      orderShip: moves('orderShip', 'order', 'orders'),
      orderCancel: moves('orderCancel', 'order', 'orders'),
      personExport: moves('personExport', 'personRequest', 'personRequests'),
      personErase: moves('personErase', 'personRequest', 'personRequests'),
      productCreate: moves('productCreate', 'product', 'products'),
      productUpdate: moves('productUpdate', 'product', 'products'),
    },
  },
}

type Payload = Record<string, unknown>

/** A new or changed object may leave or enter lists with a filter. */
function moves(mutation: string, noun: string, lists: string) {
  return (result: DataFields, _args: unknown, cache: Cache) => {
    if (!nodeIn(result, mutation, noun)) return
    for (const { fieldName, arguments: args } of cache.inspectFields('Query'))
      if (fieldName === lists && args?.filter) cache.invalidate('Query', fieldName, args)
  }
}

/** The page of the new order finds it by its number. */
function linkOrder(result: DataFields, cache: Cache): void {
  const order = nodeIn(result, 'orderPlace', 'order')
  if (typeof order?.id !== 'string' || typeof order.number !== 'number') return
  cache.link('Query', 'order', { number: order.number }, { __typename: 'Order', id: order.id })
}

/** The changed object; undefined where nothing changed. */
function nodeIn(result: DataFields, mutation: string, noun: string): Payload | undefined {
  const payload: unknown = result[mutation]
  if (!isRecord(payload) || !Array.isArray(payload.userErrors) || payload.userErrors.length > 0) return undefined
  const node = payload[noun]
  return isRecord(node) ? node : undefined
}

function isRecord(value: unknown): value is Payload {
  return typeof value === 'object' && value !== null
}
