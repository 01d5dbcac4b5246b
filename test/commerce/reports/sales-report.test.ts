import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { demoCustomer } from '../../../prisma/demo/viewers.ts'
import { asClaims } from '../../platform/support/as-claims.ts'
import { seed } from '../../platform/support/draw.ts'
import { Lock } from '../../platform/support/lock.ts'
import { codesOf, createWorld, dataOf, type World } from '../../support/world.ts'
import { shipCountries } from '../support/northwind-files.ts'
import { amount, money, readReport } from '../support/report.ts'
import { walk } from '../support/walk.ts'

const staffWith = (...scopes: string[]) =>
  asClaims(world, { sub: 'staff-somebody', kind: 'staff', scope: scopes.join(' ') })
const alfki = demoCustomer('ALFKI').sub
const ofAlfki = `filter: { orders: { customerId: "${alfki}" } }`

let world: World
beforeAll(async () => {
  world = await createWorld()
})
afterAll(() => world.close())

const rowsBy = async <T extends z.ZodRawShape>(args: string, select: string, shape: T) =>
  readReport(world.as('analyst'), 'salesReport', { args, select, row: z.object(shape) })

describe('salesReport', () => {
  it('is one statement, and one more for all objects of a dimension', async () => {
    const ask = (below: string) => () =>
      world.as('analyst').query(`{ salesReport(by: [CATEGORY, MONTH, CUSTOMER], measures: [ORDERS, NET], first: 50) {
        rows { month orders net { amount } ${below} } totals { net { amount } } hasMore
      } }`)
    // Once more on the fast path.
    for (const _route of ['general', 'fast']) {
      expect(await world.statementsOf(ask(''))).toHaveLength(1)
      expect(await world.statementsOf(ask('category { name }'))).toHaveLength(2)
      expect(await world.statementsOf(ask('category { id name products(first: 1) { totalCount } }'))).toHaveLength(2)
    }
    expect(world.logLines.filter((line) => line.includes('"compiled":true')).length).toBeGreaterThan(2)
  })

  it('responds on the fast path as on the general route', async () => {
    const query = `{ salesReport(by: [CATEGORY, COUNTRY], measures: [UNITS, DISCOUNT], first: 7,
      sort: { field: UNITS, direction: DESC }) {
      rows { country units discount { amount currency } category { id name } product { name } day } totals { units day } hasMore
    } }`
    const [general, fast] = [await world.as('analyst').query(query), await world.as('analyst').query(query)]
    expect(fast.data).toEqual(general.data)
    expect(general.errors).toBeUndefined()
  })

  it('reads nothing twice for two fields of one dimension with other names', async () => {
    const query = `{ salesReport(by: [CATEGORY], measures: [UNITS]) { rows { a: category { name } b: category { id } } } }`
    const row = z.object({ a: z.object({ name: z.string() }), b: z.object({ id: z.string() }) })
    const { salesReport } = dataOf(
      await world.as('analyst').query(query),
      z.object({ salesReport: z.object({ rows: z.array(row) }) }),
    )
    expect(salesReport.rows).toHaveLength(8)
  })

  it('shows the first rows, says that there are more, and sums up all of them', async () => {
    const all = await rowsBy(
      'by: [COUNTRY], measures: [NET], sort: { field: NET, direction: DESC }',
      `country net ${amount}`,
      {
        country: z.string().nullable(),
        net: money,
      },
    )
    expect(all.rows.map(({ net }) => net.amount)).toEqual(
      all.rows.map(({ net }) => net.amount).sort((a, b) => Number(b - a)),
    )
    for (const first of [0, 3, 20, 21]) {
      const some = await readReport(world.as('analyst'), 'salesReport', {
        args: 'by: [COUNTRY], measures: [NET], sort: { field: NET, direction: DESC }',
        select: `country net ${amount}`,
        row: z.object({ country: z.string().nullable(), net: money }),
        first,
      })
      expect([some.rows, some.hasMore]).toEqual([all.rows.slice(0, first), first < 21])
      expect(some.totals).toEqual(all.totals)
    }
  })

  it('sorts by dimensions in the order of `by`, by any of them, and by objects’ names', async () => {
    const named = { category: z.object({ name: z.string() }).nullable(), country: z.string().nullable() }
    const by = 'by: [COUNTRY, CATEGORY], measures: [UNITS]'
    const { rows } = await rowsBy(by, 'country category { name }', named)
    const plain = rows.map(({ country, category }) => `${country} ${category?.name}`)
    expect(plain).toEqual(plain.toSorted((a, b) => (a < b ? -1 : 1)))
    const sorted = await rowsBy(`${by}, sort: { field: CATEGORY, direction: DESC }`, 'country category { name }', named)
    const names = sorted.rows.map(({ category }) => category?.name)
    expect(names).toEqual(names.toSorted().reverse())
    expect(sorted.rows[0]?.country).toBe('AR')
  })

  it('has one group without `by`, and none where nothing matches', async () => {
    const shape = { orders: z.int(), units: z.int() }
    const all = await rowsBy('measures: [ORDERS, UNITS]', 'orders units', shape)
    expect(all).toEqual({
      rows: [{ orders: 830, units: 51_317 }],
      totals: [{ orders: 830, units: 51_317 }],
      hasMore: false,
    })
    const none = await rowsBy(
      'measures: [ORDERS, UNITS], filter: { orders: { shipToCountry: "JP" } }',
      'orders units',
      shape,
    )
    expect(none).toEqual({ rows: [], totals: [], hasMore: false })
  })

  it('reads only the totals where only they are asked for', async () => {
    const query = `{ salesReport(by: [PRODUCT, CUSTOMER], measures: [NET]) { totals { net ${amount} } } }`
    const [statement] = await world.statementsOf(() => world.as('analyst').query(query))
    expect(statement?.rows).toBe(1)
    const { data } = await world.as('analyst').query(query)
    expect(data).toEqual({ salesReport: { totals: [{ net: { amount: '1265793.29', currency: 'USD' } }] } })
  })

  it('costs 100, and 1 for each row and object', async () => {
    const query = `{ salesReport(by: [CATEGORY], measures: [NET], first: 10) { rows { category { name } net ${amount} } } }`
    const { extensions } = await world.as('analyst').query(query)
    expect(extensions?.cost).toMatchObject({ requested: 120, actual: 116 })
  })
})

describe('a wrong question to salesReport', () => {
  it.each([
    [
      'an unknown time zone',
      'by: [MONTH], measures: [NET], timeZone: $zone',
      'Europe/Nowhere',
      'BAD_USER_INPUT',
      'IANA',
    ],
    ['an offset as time zone', 'by: [MONTH], measures: [NET], timeZone: $zone', '+01:00', 'BAD_USER_INPUT', 'IANA'],
    ['an abbreviation as time zone', 'by: [MONTH], measures: [NET], timeZone: $zone', 'CET', 'BAD_USER_INPUT', 'IANA'],
    ['SQL as time zone', 'by: [MONTH], measures: [NET], timeZone: $zone', "UTC'; --", 'BAD_USER_INPUT', 'IANA'],
    [
      'a dimension twice',
      'by: [MONTH, COUNTRY, MONTH], measures: [NET]',
      '',
      'BAD_USER_INPUT',
      '`by` names MONTH twice',
    ],
    ['a measure twice', 'by: [MONTH], measures: [NET, NET]', '', 'BAD_USER_INPUT', '`measures` names NET twice'],
    ['no measure', 'by: [MONTH], measures: []', '', 'BAD_USER_INPUT', 'at least one measure'],
    ['too many groups', 'by: [MONTH], measures: [NET], first: 1001', '', 'INVALID_PAGE_SIZE', '0 to 1000; 1001'],
    ['fewer than none', 'by: [MONTH], measures: [NET], first: -1', '', 'INVALID_PAGE_SIZE', '0 to 1000; -1'],
    [
      'a sort by what is not shown',
      'by: [MONTH], measures: [NET], sort: { field: UNITS }',
      '',
      'BAD_USER_INPUT',
      'add UNITS to `by` or `measures`',
    ],
    [
      'the id of something else',
      `by: [MONTH], measures: [NET], filter: { productId: "${alfki}" }`,
      '',
      'INVALID_ID',
      'Product',
    ],
  ])('is refused without a statement: %s', async (_what, args, zone, code, message) => {
    const declared = zone === '' ? '' : '($zone: TimeZone!)'
    const query = `query Ask${declared} { salesReport(${args}) { rows { month } totals { month } } }`
    let answered = await world.as('analyst').query(query, { zone })
    const statements = await world.statementsOf(async () => {
      answered = await world.as('analyst').query(query, { zone })
    })
    expect(codesOf(answered)).toEqual([code])
    expect(answered.errors?.[0]?.message).toContain(message)
    expect(statements).toEqual([])
  })
})

it('a time zone that Node knows and PostgreSQL does not is refused too', async () => {
  const query = '{ salesReport(by: [MONTH], measures: [NET], timeZone: "US/Pacific-New") { hasMore } }'
  const answered = await world.as('analyst').query(query)
  expect(codesOf(answered)).toEqual(['BAD_USER_INPUT'])
  expect(answered.errors?.[0]?.message).toContain('does not know this time zone')
})

describe('who may read salesReport', () => {
  const query = '{ salesReport(by: [COUNTRY], measures: [ORDERS]) { rows { orders } totals { orders } hasMore } }'

  it.each([
    ['anonymous', 'UNAUTHENTICATED'],
    ['customer ALFKI', 'FORBIDDEN'],
    ['support', 'FORBIDDEN'],
    ['warehouse', 'FORBIDDEN'],
  ])('not %s: %s, without a statement on the data', async (viewer, code) => {
    const answered = await world.as(viewer).query(query)
    expect([codesOf(answered), answered.data]).toEqual([[code], { salesReport: null }])
  })

  it('sums up only the orders that the viewer sees: none without orders:read', async () => {
    const empty = { salesReport: { rows: [], totals: [], hasMore: false } }
    expect((await staffWith('reports:read').query(query)).data).toEqual(empty)
    const { data } = await staffWith('reports:read', 'orders:read').query(query)
    expect(data).toEqual((await world.as('analyst').query(query)).data)
  })

  it('refuses a dimension whose rule the viewer does not meet, also for sorting and without its field', async () => {
    const byCustomer = '{ salesReport(by: [CUSTOMER], measures: [ORDERS]) { rows { orders } } }'
    const answered = await staffWith('reports:read', 'orders:read').query(byCustomer)
    expect([codesOf(answered), answered.data]).toEqual([['FORBIDDEN'], { salesReport: null }])
    expect(answered.errors?.[0]?.message).toContain('customers:read')
    expect((await world.as('analyst').query(byCustomer)).errors).toBeUndefined()
  })
})

describe('a month of salesReport', () => {
  /** Moments beside the ends of months and days, in Berlin with one hour and with two, and in Auckland with thirteen. */
  const moments = [
    '1996-12-31T22:59:59.999Z',
    '1996-12-31T23:00:00.000Z',
    '1997-03-31T21:59:59.999Z',
    '1997-03-31T22:00:00.000Z',
    '1997-10-25T22:00:00.000Z',
    '1997-10-26T23:00:00.000Z',
  ]
  const formats = {
    month: { year: 'numeric', month: '2-digit' },
    day: { year: 'numeric', month: '2-digit', day: '2-digit' },
  } as const

  it.each(['UTC', 'Europe/Berlin', 'Pacific/Auckland', 'America/St_Johns', 'Asia/Kathmandu'])(
    'begins where it does in %s',
    async (zone) => {
      await using other = await createWorld()
      const orders = await other.client.order.findMany({
        where: { customer: { code: 'ALFKI' } },
        orderBy: { number: 'asc' },
        select: { id: true },
      })
      expect(orders).toHaveLength(moments.length)
      for (const [at, { id }] of orders.entries()) {
        await other.client.order.update({ where: { id }, data: { placedAt: new Date(moments[at] ?? '') } })
      }
      for (const [unit, format] of Object.entries(formats)) {
        const { rows } = await readReport(other.as('analyst'), 'salesReport', {
          args: `by: [${unit.toUpperCase()}], measures: [ORDERS], ${ofAlfki}, timeZone: "${zone}"`,
          select: `when: ${unit} orders`,
          row: z.object({ when: z.string().nullable(), orders: z.int() }),
        })
        const shown = new Intl.DateTimeFormat('en-CA', { timeZone: zone, ...format })
        const expected = Map.groupBy(moments, (moment) => shown.format(new Date(moment)))
        expect(new Map(rows.map(({ when, orders: count }) => [when, count]))).toEqual(
          new Map([...expected].map(([when, some]) => [when, some.length])),
        )
      }
    },
  )
})

describe('the amounts of salesReport', () => {
  let mixed: World
  beforeAll(async () => {
    mixed = await createWorld()
    await mixed.client.order.updateMany({ where: { number: { in: [10_248, 10_249] } }, data: { currency: 'EUR' } })
    await mixed.client.order.update({ where: { number: 10_250 }, data: { currency: 'JPY' } })
    await mixed.client.order.update({ where: { number: 10_251 }, data: { status: 'CANCELLED' } })
  })
  afterAll(() => mixed.close())

  const read = <T extends z.ZodRawShape>(args: string, select: string, shape: T) =>
    readReport(mixed.as('analyst'), 'salesReport', { args, select, row: z.object(shape) })
  const shown = z.object({ amount: z.string(), currency: z.string() })

  it('are never of two currencies: rows and totals are for each currency', async () => {
    const { rows, totals } = await read('by: [YEAR], measures: [NET]', `year currency net ${amount}`, {
      year: z.string().nullable(),
      currency: z.string(),
      net: shown,
    })
    expect(rows.filter(({ year }) => year === '1996').map(({ net }) => net.currency)).toEqual(['EUR', 'JPY', 'USD'])
    expect(totals.map(({ currency }) => currency)).toEqual(['EUR', 'JPY', 'USD'])
    expect(rows.every(({ currency, net }) => currency === net.currency)).toBe(true)
    expect(totals[0]?.net.amount).toBe('2303.40')
    // Its minor unit is the whole yen.
    expect(totals[1]?.net.amount).toBe('155260')
  })

  it('are compared within their currency', async () => {
    const { rows } = await read(
      'by: [COUNTRY], measures: [NET], sort: { field: NET, direction: DESC }',
      `net ${amount}`,
      { net: shown },
    )
    const currencies = rows.map(({ net }) => net.currency)
    expect(currencies).toEqual(currencies.toSorted())
  })

  it('have totals in every currency, however few rows are shown', async () => {
    for (const by of ['CURRENCY', 'CURRENCY, COUNTRY', '']) {
      for (const first of [0, 1, 2, 3]) {
        const { rows, totals, hasMore } = await readReport(mixed.as('analyst'), 'salesReport', {
          args: `by: [${by}], measures: [NET]`,
          select: `currency net ${amount}`,
          row: z.object({ currency: z.string(), net: shown }),
          first,
        })
        expect(rows).toHaveLength(first)
        expect(totals.map(({ currency }) => currency)).toEqual(['EUR', 'JPY', 'USD'])
        expect(hasMore).toBe(first < 3 || by.includes('COUNTRY'))
      }
    }
  })

  it('do not split a report without amounts', async () => {
    const { rows } = await read('by: [YEAR], measures: [ORDERS]', 'year orders currency', {
      year: z.string().nullable(),
      orders: z.int(),
      currency: z.null(),
    })
    expect(rows.map(({ year }) => year)).toEqual(['1996', '1997', '1998'])
  })

  it('leave out cancelled orders, unless the filter names them', async () => {
    const orders = async (filter: string) => {
      const { totals } = await read(`measures: [ORDERS], filter: ${filter}`, 'orders', { orders: z.int() })
      return totals[0]?.orders
    }
    expect(await orders('{}')).toBe(829)
    expect(await orders('{ orders: { status: [CANCELLED] } }')).toBe(1)
    expect(await orders('{ orders: { status: [CANCELLED, SHIPPED, PLACED] } }')).toBe(830)
  })
})

describe('the totals of salesReport', () => {
  const order = z.object({
    currency: z.string(),
    subtotal: money,
    discount: money,
    total: money,
    lines: z.array(z.object({ quantity: z.int() })),
  })
  const figures = { orders: z.int(), units: z.int(), gross: money, discount: money, net: money }
  const select = `orders units gross ${amount} discount ${amount} net ${amount}`
  const day = fc.date({ min: new Date('1996-07-01'), max: new Date('1998-05-31'), noInvalidDate: true })
  const filters = fc.record(
    {
      status: fc.constantFrom('[SHIPPED]', '[PLACED, SHIPPED]', '[PLACED, CANCELLED]', '[]'),
      placed: fc
        .tuple(day, day)
        .map(([from, until]) => `{ from: "${from.toISOString()}", until: "${until.toISOString()}" }`),
      customerId: fc.constantFrom('ALFKI', 'SAVEA', 'PARIS').map((code) => `"${demoCustomer(code).sub}"`),
      shipToCountry: fc.constantFrom(...Object.keys(shipCountries)).map((code) => `"${code}"`),
      total: fc.nat(200_000).map((most) => `{ currency: "USD", max: "${most / 100}" }`),
      unshipped: fc.boolean().map(String),
    },
    { requiredKeys: ['status'] },
  )
  const dimensions = fc.subarray(['MONTH', 'COUNTRY', 'CUSTOMER', 'QUARTER', 'CURRENCY'], {
    minLength: 1,
    maxLength: 2,
  })

  it('are the sums of the orders that the same filter lists, and so are its rows', async () => {
    const runs = 25
    await fc.assert(
      fc.asyncProperty(filters, dimensions, async (filter, by) => {
        const text = `{ ${Object.entries(filter)
          .map(([name, value]) => `${name}: ${value}`)
          .join(', ')} }`
        const orders = await walk(world.as('admin'), {
          field: 'orders',
          args: `filter: ${text}`,
          select: `currency subtotal ${amount} discount ${amount} total ${amount} lines { quantity }`,
          node: order,
        })
        const sum = (of: (each: z.infer<typeof order>) => bigint) => orders.reduce((all, each) => all + of(each), 0n)
        const { rows, totals, hasMore } = await readReport(world.as('admin'), 'salesReport', {
          args: `by: [${by}], measures: [ORDERS, UNITS, GROSS, DISCOUNT, NET], filter: { orders: ${text} }`,
          select,
          row: z.object(figures),
        })
        const expected = {
          orders: orders.length,
          units: orders.flatMap(({ lines }) => lines).reduce((all, { quantity }) => all + quantity, 0),
          gross: { amount: sum(({ subtotal }) => subtotal.amount), currency: 'USD' },
          discount: { amount: sum(({ discount }) => discount.amount), currency: 'USD' },
          net: { amount: sum(({ total }) => total.amount), currency: 'USD' },
        }
        expect(totals, text).toEqual(orders.length === 0 ? [] : [expected])
        expect(hasMore).toBe(false)
        // Each order is in one row of these dimensions.
        expect(rows.reduce((all, row) => all + row.orders, 0)).toBe(orders.length)
        expect(rows.reduce((all, { net }) => all + net.amount, 0n)).toBe(expected.net.amount)
        expect(rows.reduce((all, { discount }) => all + discount.amount, 0n)).toBe(expected.discount.amount)
      }),
      { numRuns: runs, seed, endOnFailure: true },
    )
  }, 60_000)
})

describe('a slow report', () => {
  it('is stopped by a timeout of its own, and takes no connection from other requests', async () => {
    await using other = await createWorld({
      env: { REPORT_TIMEOUT_MS: '1000', REPORT_POOL_SIZE: '1', DATABASE_STATEMENT_TIMEOUT_MS: '20000' },
    })
    await using lock = await Lock.on('commerce.md_product', other)
    const slow = other.as('analyst').query('{ stockReport(measures: [PRODUCTS]) { rows { products } } }')
    await lock.waitedForBy(1)
    const orders = await other.as('analyst').query('{ orders { totalCount } }')
    expect(orders.data).toEqual({ orders: { totalCount: 830 } })
    const answered = await slow
    expect([codesOf(answered), answered.data]).toEqual([['DEADLINE_EXCEEDED'], { stockReport: null }])

    await lock.release()
    const again = await other.as('analyst').query('{ stockReport(measures: [PRODUCTS]) { rows { products } } }')
    expect(again.data).toEqual({ stockReport: { rows: [{ products: 77 }] } })
  })
})
