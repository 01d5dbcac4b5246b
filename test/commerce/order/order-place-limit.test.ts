import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { createWorld, type World } from '../../support/world.ts'
import { type Line, lineOf, type OrderInput, place, shipTo } from '../support/order-place.ts'
import { insertProduct } from '../support/product.ts'

let world: World
let syrup: Line
beforeAll(async () => {
  world = await createWorld()
  syrup = await lineOf(world, 'NW-0003')
})
afterAll(() => world.close())

const asAlfki = (input: Partial<OrderInput>) => place(world.as('customer ALFKI'), { lines: [syrup], shipTo, ...input })

describe('the required date of an order', () => {
  afterEach(() => {
    vi.useRealTimers()
    vi.unstubAllEnvs()
  })

  it.each([
    ['2031-05-04T00:00:00.000Z', 'Pacific/Honolulu'],
    ['2031-05-04T23:59:59.999Z', 'Pacific/Kiritimati'],
  ])('is today at the earliest, in UTC, at %s, in every time zone of the server: %s', async (now, zone) => {
    vi.stubEnv('TZ', zone)
    vi.useFakeTimers({ toFake: ['Date'], now: new Date(now) })

    expect((await asAlfki({ requiredDate: '2031-05-03' })).refusals).toEqual(['DATE_IN_PAST input.requiredDate'])
    expect((await asAlfki({ requiredDate: '2031-05-04' })).refusals).toEqual([])
  })
})

describe('an order at a limit', () => {
  it('is placed: the last unit, the largest total, the longest texts', async () => {
    const texts = {
      recipient: 'r'.repeat(200),
      street: 's'.repeat(200),
      city: 'c'.repeat(200),
      region: 'r'.repeat(100),
    }

    await insertProduct(world, 'LAST', { stockOnHand: 17 })
    await insertProduct(world, 'DEAR', { unitPriceMinor: 999_999_999_999_999n })

    expect((await asAlfki({ lines: [await lineOf(world, 'LAST', 17)] })).refusals).toEqual([])
    expect((await asAlfki({ lines: [await lineOf(world, 'DEAR')] })).refusals).toEqual([])
    expect((await asAlfki({ shipTo: { ...texts, postalCode: 'p'.repeat(20), country: 'DE' } })).refusals).toEqual([])
  })

  it('is placed: 100 lines of 10,000 units', async () => {
    const skus = Array.from({ length: 100 }, (_, index) => `BULK-${index}`)
    for (const sku of skus) await insertProduct(world, sku, { stockOnHand: 10_000 })
    const lines = await Promise.all(skus.map((sku) => lineOf(world, sku, 10_000)))

    const { order, refusals } = await asAlfki({ lines })
    const placed = await world.client.order.findUniqueOrThrow({
      where: { number: order?.number ?? 0 },
      include: { lines: { orderBy: { position: 'asc' }, include: { product: true } } },
    })

    expect(refusals).toEqual([])
    expect(placed.totalMinor).toBe(1_000_000_000n)
    expect(placed.lines.map(({ product }) => product.sku)).toEqual(skus)
  })
})

describe('the texts of an order', () => {
  it('are stored trimmed and in NFC; blank optional texts are null', async () => {
    const given = {
      recipient: '  Ame\u0301lie \u{1f600}  ',
      street: '\u00a05, rue O\u0308lberg\n',
      city: ' Paris ',
      region: '   ',
      postalCode: '',
      country: 'FR',
    }

    const { order } = await asAlfki({ shipTo: given })

    expect(await world.client.order.findUnique({ where: { number: order?.number ?? 0 } })).toMatchObject({
      shipToRecipient: 'Am\u00e9lie \u{1f600}',
      shipToStreet: '5, rue \u00d6lberg',
      shipToCity: 'Paris',
      shipToRegion: null,
      shipToPostalCode: null,
      shipToCountry: 'FR',
    })
  })
})
