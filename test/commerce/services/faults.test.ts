import { randomUUID } from 'node:crypto'
import { afterEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import type { Faults } from '../../../examples/services/service.ts'
import { encodeId } from '../../../src/platform/graphql/ids.ts'
import { stopClock } from '../../platform/support/clock.ts'
import { createWorld, dataOf, type World } from '../../support/world.ts'
import { type ShopWithServices, shopWithServices } from '../support/remote-services.ts'

const open: { close(): Promise<void> }[] = []
afterEach(async () => {
  for (const each of open.splice(0)) await each.close()
})

const quick = { CARRIER_TIMEOUT_MS: '250', REVIEWS_TIMEOUT_MS: '250' }

async function openShop(env: Record<string, string> = quick): Promise<ShopWithServices> {
  const shop = await shopWithServices(env)
  open.push(shop)
  return shop
}

async function openWorld(env: Record<string, string>): Promise<World> {
  const world = await createWorld({ env })
  open.push(world)
  return world
}

const both = `{ order(number: 10643) {
  number tracking { number } lines { product { sku reviews { count } } } shipments { tracking { status } } } }`
/** Another document each time, so that the general route executes it first. */
const ask = (world: World, query = both) => world.as('admin').query(query)
const metric = async ({ metrics }: World, name: string) =>
  (await metrics.registry.metrics()).split('\n').filter((line) => line.startsWith(`frontdoor_${name}`))

const product = z.object({ sku: z.string(), reviews: z.null() })
const shown = z.object({
  order: z.object({
    number: z.literal(10_643),
    tracking: z.null(),
    lines: z.array(z.object({ product })).length(3),
    shipments: z.tuple([z.object({ tracking: z.null() })]),
  }),
})
const paths = [
  'order.lines.0.product.reviews',
  'order.lines.1.product.reviews',
  'order.lines.2.product.reviews',
  'order.shipments.0.tracking',
  'order.tracking',
]

/** Only the fields of the services are null, with this code at their paths, on both routes; nothing is told of them. */
async function expectOnlyTheirFieldsNull(world: World, code: string): Promise<void> {
  const separate = both.replace('shipments { tracking { status } }', '')
  for (const query of [both, both, separate, separate]) {
    const { data, errors = [] } = await ask(world, query)
    const isWhole = query === both
    expect(isWhole ? shown.safeParse(data).error : undefined).toBeUndefined()
    expect(data).toMatchObject({ order: { number: 10_643, tracking: null } })
    const found = errors.map(({ path = [], extensions }) => `${path.join('.')} ${extensions.code}`).sort()
    expect(found).toEqual(
      paths.filter((path) => isWhole || !path.includes('shipments')).map((path) => `${path} ${code}`),
    )
    expect(new Set(errors.map(({ message }) => message)).size).toBe(1)
    const text = JSON.stringify(errors.map(({ message, extensions }) => [message, extensions]))
    expect(text).not.toMatch(/127\.0\.0\.1|localhost|carrier|status|ECONN|internal admin|on purpose|reviews|http/i)
  }
}

describe('a service', () => {
  const cases: [what: string, faults: Partial<Faults>, code: string, outcome: string][] = [
    ['slow', { latencyMs: 5000 }, 'UPSTREAM_UNAVAILABLE', 'timed_out'],
    ['failing', { errorRate: 1 }, 'UPSTREAM_UNAVAILABLE', 'failed'],
    ['down', { isDown: true }, 'UPSTREAM_UNAVAILABLE', 'unreachable'],
    ['another page', { garbage: 'page' }, 'UPSTREAM_INVALID', 'invalid'],
    ['of another form', { garbage: 'shape' }, 'UPSTREAM_INVALID', 'invalid'],
    ['endless', { garbage: 'endless' }, 'UPSTREAM_INVALID', 'invalid'],
    ['a redirect', { garbage: 'redirect' }, 'UPSTREAM_INVALID', 'refused'],
  ]

  it.each(cases)(
    'that is %s makes its fields null, and the rest of the response is there',
    async (_what, faults, code, outcome) => {
      const shop = await openShop(faults.latencyMs === undefined ? {} : quick)
      for (const service of [shop.carrier, shop.reviews]) service.breakWith(faults)
      const first = await ask(shop.world)
      expect(new Set(first.errors?.map(({ extensions }) => extensions.code))).toEqual(new Set([code]))
      expect(await metric(shop.world, 'remote_calls_total')).toContain(
        `frontdoor_remote_calls_total{source="carrier",outcome="${outcome}"} 1`,
      )
      // The breaker opens at the tenth failure; before that each call has its own outcome.
      if (outcome !== 'failed' && outcome !== 'unreachable') await expectOnlyTheirFieldsNull(shop.world, code)
      expect(shop.world.logLines.filter((line) => line.includes('a call to another service failed'))[0]).toContain(
        `"outcome":"${outcome}"`,
      )
    },
  )

  it('that is down makes its fields null also while its breaker is open', async () => {
    const shop = await openShop()
    for (const service of [shop.carrier, shop.reviews]) service.breakWith({ isDown: true })
    for (let round = 0; round < 3; round++) await expectOnlyTheirFieldsNull(shop.world, 'UPSTREAM_UNAVAILABLE')
    expect(await metric(shop.world, 'remote_breaker_open')).toEqual([
      'frontdoor_remote_breaker_open{source="carrier"} 1',
      'frontdoor_remote_breaker_open{source="reviews"} 1',
    ])
  })

  it('without a URL makes its fields null; the log names the setting, and the response does not', async () => {
    const world = await openWorld({})
    await expectOnlyTheirFieldsNull(world, 'UPSTREAM_UNAVAILABLE')
    const told = world.logLines.filter((line) => line.includes('is not set')).map((line) => JSON.parse(line))
    expect(told).toMatchObject([{ setting: 'CARRIER_URL' }, { setting: 'REVIEWS_URL' }])
  })

  it('at an address that is not allowed is not connected to', async () => {
    const world = await openWorld({
      CARRIER_URL: 'http://10.0.0.1:9/',
      REVIEWS_URL: 'http://[::ffff:169.254.169.254]/',
    })
    await expectOnlyTheirFieldsNull(world, 'UPSTREAM_UNAVAILABLE')
    const told = world.logLines.filter((line) => line.includes('a call to another service failed'))
    expect(told.every((line) => line.includes('"detail":"address not allowed"'))).toBe(true)
    expect(told.length).toBeGreaterThanOrEqual(2)
  })

  it('has the time of the request at most', async () => {
    const shop = await openShop({ REMOTE_TIMEOUT_MS: '200', CARRIER_TIMEOUT_MS: '60000', REVIEWS_TIMEOUT_MS: '60000' })
    for (const service of [shop.carrier, shop.reviews]) service.breakWith({ latencyMs: 600_000 })
    await expectOnlyTheirFieldsNull(shop.world, 'UPSTREAM_UNAVAILABLE')
  })
})

describe('a call', () => {
  const tracking = 'query ($number: Int!) { order(number: $number) { tracking { number } } }'
  const anotherOrder = (world: World, number: number) => world.as('admin').query(tracking, { number })

  it('that reads is tried three times', async () => {
    const shop = await openShop({})
    shop.carrier.breakWith({ errorRate: 1 })
    const { carrier } = await shop.askedDuring(() => anotherOrder(shop.world, 10_643))
    expect(carrier).toHaveLength(3)
    expect(await metric(shop.world, 'remote_retries_total')).toEqual([
      'frontdoor_remote_retries_total{source="carrier"} 2',
    ])
  })

  it('that writes is tried once', async () => {
    const shop = await openShop({})
    shop.reviews.breakWith({ errorRate: 1 })
    const { id } = await shop.world.client.product.findFirstOrThrow()
    const input = { productId: encodeId('Product', id), rating: 1, text: 'Bad.', idempotencyKey: randomUUID() }
    const { reviews } = await shop.askedDuring(() =>
      shop.world
        .as('customer ALFKI')
        .query('mutation ($input: ReviewAddInput!) { reviewAdd(input: $input) { replayed } }', { input }),
    )
    expect(reviews).toHaveLength(1)
  })

  it('is not sent while the breaker is open, and one probes after a pause: the breaker closes when it is answered', async () => {
    using clock = stopClock()
    const shop = await openShop({})
    const numbers = Array.from({ length: 30 }, (_, at) => 10_248 + at)
    const askAll = () => shop.askedDuring(() => Promise.all(numbers.map((number) => anotherOrder(shop.world, number))))
    shop.carrier.breakWith({ errorRate: 1 })
    await askAll()
    expect(await metric(shop.world, 'remote_breaker_open')).toContain(
      'frontdoor_remote_breaker_open{source="carrier"} 1',
    )
    expect((await askAll()).carrier).toEqual([])

    clock.advance(60)
    // The one that probes fails, and the breaker stays open.
    expect((await askAll()).carrier).toHaveLength(1)
    expect((await askAll()).carrier).toEqual([])

    shop.carrier.breakWith({})
    clock.advance(60)
    const [number = 0] = numbers
    const { carrier } = await shop.askedDuring(() => anotherOrder(shop.world, number))
    expect(carrier).toHaveLength(1)
    expect(await metric(shop.world, 'remote_breaker_open')).toContain(
      'frontdoor_remote_breaker_open{source="carrier"} 0',
    )
    expect((await askAll()).carrier).toHaveLength(numbers.length - 1)
    const told = shop.world.logLines.filter((line) => /none is sent for a while|answers again/.test(line))
    // It opens, opens again when the call that probes fails, and closes.
    expect(told.map((line) => line.includes('answers again'))).toEqual([false, false, true])
  })

  it('beyond those that may be under way and wait is not sent', async () => {
    const shop = await openShop({ CARRIER_TIMEOUT_MS: '5000' })
    // Within these five seconds all have come, also on a slow machine.
    shop.carrier.breakWith({ latencyMs: 600_000 })
    const numbers = Array.from({ length: 60 }, (_, at) => 10_248 + at)
    await Promise.all(numbers.map((number) => anotherOrder(shop.world, number)))
    expect(await metric(shop.world, 'remote_calls_total')).toContain(
      'frontdoor_remote_calls_total{source="carrier",outcome="shed"} 20',
    )
  })

  it('is not needed for as long as the service lets its answer be kept', async () => {
    using clock = stopClock()
    const shop = await openShop({})
    const asked = async () => (await shop.askedDuring(() => anotherOrder(shop.world, 10_643))).carrier.length
    expect([await asked(), await asked()]).toEqual([1, 0])
    clock.advance(29)
    expect(await asked()).toBe(0)
    clock.advance(2)
    expect(await asked()).toBe(1)
    expect(await metric(shop.world, 'remote_cache_total')).toEqual([
      'frontdoor_remote_cache_total{source="carrier",result="miss"} 2',
      'frontdoor_remote_cache_total{source="carrier",result="hit"} 2',
    ])
  })
})

describe('other fields', () => {
  it('are answered while both services hang', async () => {
    const shop = await openShop(quick)
    for (const service of [shop.carrier, shop.reviews]) service.breakWith({ latencyMs: 600_000 })
    const hanging = Array.from({ length: 30 }, () => ask(shop.world))
    const answered = await shop.world.as('admin').query('{ orders(first: 20) { edges { node { number } } } }')
    dataOf(answered, z.object({ orders: z.object({ edges: z.array(z.unknown()).length(20) }) }))
    for (const each of await Promise.all(hanging)) expect(each.data).toMatchObject({ order: { number: 10_643 } })
  })
})
