import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { withRowComparison } from '../../src/platform/database/keyset-sql.ts'
import { createWorld, type World } from '../support/world.ts'

const placed = '"commerce"."so_header"."placed_ts"'
const uid = '"commerce"."so_header"."uid"'
const keyset = (than: '<' | '>', value: string, id: string, [column, idColumn] = [placed, uid]) =>
  `${column} ${than}= ${value} AND (${column} ${than} ${value} OR ${idColumn} ${than} ${id})`

describe('a keyset condition', () => {
  it.each(['<', '>'] as const)('with %s is completed with its row comparison', (than) => {
    const sql = `SELECT ${uid} FROM "commerce"."so_header" WHERE ${keyset(than, '$1', '$3')} ORDER BY ${placed} LIMIT $4`
    expect(withRowComparison(sql)).toBe(sql.replace(' ORDER', () => ` AND (${placed},${uid}) ${than} ($1,$3) ORDER`))
  })

  it.each([
    ['aliases of a nested list', '$1', '$2', '"t1"."placed_ts"', '"t1"."uid"'],
    ['casts', '$1::timestamptz', '$12::uuid', placed, uid],
    ['a cast to a type of a schema', '$1::"commerce"."so_status_t"', '$2', placed, uid],
    ['casts in words', 'CAST($1::text AS "commerce"."so_status_t")', 'CAST($2::text AS uuid)', placed, uid],
  ])('with %s is completed', (_what, value, id, column, idColumn) => {
    const sql = `WHERE (${keyset('>', value, id, [column, idColumn])}) LIMIT 5`
    expect(withRowComparison(sql)).toBe(
      `WHERE (${keyset('>', value, id, [column, idColumn])} AND (${column},${idColumn}) > (${value},${id})) LIMIT 5`,
    )
  })

  it('is completed wherever it stands, also more than once in one statement', () => {
    const [after, before] = [keyset('>', '$1', '$2'), keyset('<', '$4', '$5')]
    expect(withRowComparison(`WHERE (1=1 AND ${after} AND ${before}) OR EXISTS(SELECT 1 WHERE ${after})`)).toBe(
      `WHERE (1=1 AND ${after} AND (${placed},${uid}) > ($1,$2) AND ${before} AND (${placed},${uid}) < ($4,$5))` +
        ` OR EXISTS(SELECT 1 WHERE ${after} AND (${placed},${uid}) > ($1,$2))`,
    )
  })
})

describe('other SQL', () => {
  it.each([
    ['one column', `SELECT 1 WHERE ${placed} >= $1`],
    ['a filter of a range', `WHERE ${placed} >= $1 AND ${placed} < $2`],
    ['other columns', `WHERE ${placed} >= $1 AND (${uid} > $2 OR ${uid} > $3)`],
    ['operators that disagree', `WHERE ${placed} >= $1 AND (${placed} < $2 OR ${uid} < $3)`],
    ['operators that disagree within', `WHERE ${placed} >= $1 AND (${placed} > $2 OR ${uid} < $3)`],
    ['a strict first half', `WHERE ${placed} > $1 AND (${placed} > $2 OR ${uid} > $3)`],
    ['three ways', `WHERE ${placed} >= $1 AND (${placed} > $2 OR ${uid} > $3 OR 1=1)`],
    ['AND within', `WHERE ${placed} >= $1 AND (${placed} > $2 AND ${uid} > $3)`],
    ['columns without a table', 'WHERE "a" >= $1 AND ("a" > $2 OR "b" > $3)'],
    ['literals', `WHERE ${placed} >= 1 AND (${placed} > 1 OR ${uid} > 2)`],
    ['a write', 'UPDATE "commerce"."so_header" SET "doc_no" = $1 WHERE "commerce"."so_header"."uid" = $2'],
    ['nothing', ''],
  ])('(%s) is left alone', (_what, sql) => {
    expect(withRowComparison(sql)).toBe(sql)
  })
})

describe('the statements of a page', () => {
  let world: World
  beforeAll(async () => {
    world = await createWorld()
  })
  afterAll(() => world.close())

  it.each([
    ['asc', 'gt'],
    ['desc', 'lt'],
  ] as const)('(%s) are those Prisma really writes, and find what they found without it', async (direction, than) => {
    const orders = await world.client.order.findMany({ orderBy: [{ shipToCountry: direction }, { id: direction }] })
    const start = orders[300]
    if (!start) throw new Error('there are more orders than that')
    const statements = await world.statementsOf(async () => {
      const { shipToCountry: value, id } = start
      const page = await world.database.client.order.findMany({
        where: {
          AND: [
            { shipToCountry: { [`${than}e`]: value } },
            { OR: [{ shipToCountry: { [than]: value } }, { id: { [than]: id } }] },
          ],
        },
        orderBy: [{ shipToCountry: direction }, { id: direction }],
        take: 500,
      })
      expect(page.map((order) => order.number)).toEqual(orders.slice(301, 801).map((order) => order.number))
    })
    const sign = than === 'gt' ? '>' : '<'
    expect(statements.map(({ sql }) => sql).join()).toMatch(new RegExp(`\\("[^)]*"st_ctry","[^)]*"uid"\\) ${sign} \\(`))
  })
})
