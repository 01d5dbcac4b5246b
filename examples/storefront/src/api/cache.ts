import type { Cache, CacheExchangeOpts, DataFields } from '@urql/exchange-graphcache'
import { relayPagination } from '@urql/exchange-graphcache/extras'

/** Part of what holds them: they have no id of their own. */
const embedded = () => null

/**
 * Mutations answer with what they changed, and the cache puts it wherever it is shown. What an answer cannot say is which
 * lists something belongs to from now on: those are read again when they are next looked at.
 */
export const cacheSettings: Partial<CacheExchangeOpts> = {
  keys: {
    Money: embedded,
    OrderEvent: embedded,
    ProductStock: embedded,
    ReturnLine: embedded,
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
      productCreate: moves('productCreate', 'product', 'products'),
      productUpdate: moves('productUpdate', 'product', 'products'),
    },
  },
}

type Payload = Record<string, unknown>

/** What a mutation changed may leave some of the lists that have a filter, and come into others. */
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

/** What was changed; undefined where nothing was. */
function nodeIn(result: DataFields, mutation: string, noun: string): Payload | undefined {
  const payload: unknown = result[mutation]
  if (!isRecord(payload) || !Array.isArray(payload.userErrors) || payload.userErrors.length > 0) return undefined
  const node = payload[noun]
  return isRecord(node) ? node : undefined
}

function isRecord(value: unknown): value is Payload {
  return typeof value === 'object' && value !== null
}
