import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createWorld, type World } from '../../support/world.ts'

let world: World
beforeAll(async () => {
  world = await createWorld()
})
afterAll(() => world.close())

async function read(where: object, orderBy: object[] = [], take = 500) {
  const before = world.statements.length
  const args = { select: { number: true }, where, orderBy, take }
  const rows = await world.database.prepared.rows('Order', 'findMany', args)
  const [statement] = world.statements.slice(before)
  return { numbers: rows?.map(({ number }) => number), sql: statement?.sql ?? '' }
}

const comparison = /\("t0"\."st_ctry","t0"\."uid"\) [<>] \(\$\d+,\$\d+\)/

describe('a keyset condition', () => {
  it.each([
    ['asc', 'gt'],
    ['desc', 'lt'],
  ] as const)('(%s) is a row comparison, and finds the rows that come after', async (direction, than) => {
    const orderBy = [{ shipToCountry: direction }, { id: direction }]
    const orders = await world.client.order.findMany({ orderBy })
    const { shipToCountry: value, id } = orders[300] ?? { shipToCountry: '', id: '' }
    const keyset = [
      { shipToCountry: { [`${than}e`]: value } },
      { OR: [{ shipToCountry: { [than]: value } }, { id: { [than]: id } }] },
    ]

    const { numbers, sql } = await read({ AND: keyset }, orderBy)

    expect(numbers).toEqual(orders.slice(301, 801).map(({ number }) => number))
    expect(sql).toMatch(comparison)
    expect(sql).not.toContain(' OR ')
  })

  it('is recognised in any position, also twice and beside others', async () => {
    const id = '018f0000-0000-7000-8000-000000000000'
    const after = [{ shipToCountry: { gte: 'A' } }, { OR: [{ shipToCountry: { gt: 'A' } }, { id: { gt: id } }] }]
    const before = [{ shipToCountry: { lte: 'Z' } }, { OR: [{ shipToCountry: { lt: 'Z' } }, { id: { lt: id } }] }]
    const { sql } = await read({ AND: [{ currency: 'USD' }, ...after, ...before, { version: 1 }] })
    expect(sql).toContain(
      'WHERE ("t0"."ccy" = $1 AND ("t0"."st_ctry","t0"."uid") > ($2,$3)' +
        ' AND ("t0"."st_ctry","t0"."uid") < ($4,$5) AND "t0"."row_ver" = $6)',
    )
  })
})

describe('other conditions', () => {
  const country = (operator: string, value = 'DE') => ({ shipToCountry: { [operator]: value } })
  const id = (operator: string) => ({ id: { [operator]: '018f0000-0000-7000-8000-000000000000' } })

  it.each<[string, object[]]>([
    ['a filter of a range', [country('gte'), country('lt', 'US')]],
    ['other values', [country('gte'), { OR: [country('gt', 'FR'), id('gt')] }]],
    ['other columns', [country('gte'), { OR: [{ currency: { gt: 'DE' } }, id('gt')] }]],
    ['operators that disagree', [country('gte'), { OR: [country('lt'), id('gt')] }]],
    ['operators that disagree within', [country('gte'), { OR: [country('gt'), id('lt')] }]],
    ['a strict first half', [country('gt'), { OR: [country('gt'), id('gt')] }]],
    ['three ways', [country('gte'), { OR: [country('gt'), id('gt'), { number: 1 }] }]],
    ['both', [country('gte'), { AND: [country('gt'), id('gt')] }]],
    ['another condition within', [country('gte'), { OR: [country('gt'), { ...id('gt'), number: 1 }] }]],
  ])('(%s) are no keyset', async (_what, conditions) => {
    const { numbers, sql } = await read({ AND: conditions }, [{ number: 'asc' }])
    const found = await world.client.order.findMany({
      where: { AND: conditions },
      orderBy: { number: 'asc' },
      take: 500,
    })
    expect(numbers).toEqual(found.map(({ number }) => number))
    expect(sql).not.toMatch(comparison)
  })
})
