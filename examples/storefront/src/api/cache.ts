import type { CacheExchangeOpts } from '@urql/exchange-graphcache'
import { relayPagination } from '@urql/exchange-graphcache/extras'

/** Part of what holds them: they have no id of their own. */
const embedded = () => null

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
}
