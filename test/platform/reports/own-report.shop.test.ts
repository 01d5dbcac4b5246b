import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { readsReports } from '../../../src/commerce/access.ts'
import { report } from '../../../src/platform/reports/report.ts'
import { rowsOf } from '../../../src/platform/reports/vocabulary.ts'
import { ServerProcess } from '../../support/server-process.ts'
import { answer, createWorld, type World } from '../../support/world.ts'

const file = join(import.meta.dirname, 'support/own-report.shop.ts')
const movement = rowsOf('StockMovement')

describe('a report of an adopter', () => {
  let world: World
  let server: ServerProcess
  beforeAll(async () => {
    world = await createWorld()
    server = await ServerProcess.open({
      DATABASE_URL: world.serverDatabaseUrl,
      DATA_DIR: world.config.dataDir,
      LOG_FORMAT: 'json',
      NODE_OPTIONS: `--import=${file}`,
    })
  })
  afterAll(async () => {
    await server[Symbol.asyncDispose]()
    await world.close()
  })

  const own = async (viewer: string, query: string) => {
    const headers = { 'content-type': 'application/json', authorization: `Bearer ${await world.tokenFor(viewer)}` }
    const reply = await fetch(`${server.url}/graphql`, { method: 'POST', headers, body: JSON.stringify({ query }) })
    return answer.parse(await reply.json())
  }

  it('is the example of docs/adopt.md', async () => {
    const page = await readFile(join(import.meta.dirname, '../../../docs/adopt.md'), 'utf8')
    const example = (await readFile(file, 'utf8')).split('// <example>\n')[1]?.split('// </example>')[0] ?? ''
    expect(example).toContain("name: 'movementReport'")
    expect(page).toContain(example)
  })

  it('has its figures, its totals, its rules and its bounds', async () => {
    const query = `{ movementReport(by: [PRODUCT], measures: [UNITS], first: 3) {
      rows { product { name stock { onHand } } units } totals { units } hasMore
    } }`
    const row = z.object({
      product: z.object({ name: z.string(), stock: z.object({ onHand: z.int() }) }),
      units: z.int(),
    })
    const shape = z.object({
      movementReport: z.object({
        rows: z.array(row),
        totals: z.array(z.object({ units: z.int() })),
        hasMore: z.boolean(),
      }),
    })
    const { movementReport } = shape.parse((await own('admin', query)).data)
    expect(movementReport.rows.map(({ product }) => product.name)).toEqual([
      'Alice Mutton',
      'Aniseed Syrup',
      'Boston Crab Meat',
    ])
    expect(movementReport.rows.map(({ units }) => units)).toEqual(
      movementReport.rows.map(({ product }) => product.stock.onHand),
    )
    const { _sum } = await world.client.product.aggregate({ _sum: { stockOnHand: true } })
    expect([movementReport.totals, movementReport.hasMore]).toEqual([[{ units: _sum.stockOnHand }], true])

    const denied = await own('customer ALFKI', query)
    expect([denied.data, denied.errors?.[0]?.extensions.code]).toEqual([{ movementReport: null }, 'FORBIDDEN'])
    const tooMany = await own('admin', query.replace('first: 3', 'first: 1001'))
    expect(tooMany.errors?.[0]?.extensions.code).toBe('INVALID_PAGE_SIZE')
  })

  it('has the arguments and words that it needs, and no others', async () => {
    const asked = await own(
      'admin',
      `{
      __type(name: "Query") { fields { name args { name } } }
      row: __type(name: "MovementReportRow") { fields { name } }
    }`,
    )
    const named = z.object({ name: z.string() })
    const { __type, row } = z
      .object({
        __type: z.object({ fields: z.array(named.extend({ args: z.array(named) })) }),
        row: z.object({ fields: z.array(named) }),
      })
      .parse(asked.data)
    const field = __type.fields.find(({ name }) => name === 'movementReport')
    // No dimension counts days since a moment, and there is no filter.
    expect(field?.args.map(({ name }) => name).sort()).toEqual(['by', 'first', 'measures', 'sort', 'timeZone'])
    expect(row.fields.map(({ name }) => name).sort()).toEqual(['month', 'product', 'units'])
  })
})

describe('the words of a report', () => {
  it('compiles only with paths that exist and lead to values of their kind', () => {
    // @ts-expect-error A text is no number.
    movement.number('product.name')
    // @ts-expect-error There is no such field.
    movement.value('colour', 'String', { description: '' })
    // @ts-expect-error A list leads to many rows.
    movement.distinct('order.lines.id', { description: '' })
    // @ts-expect-error A number is no moment.
    movement.calendar('MONTH', 'quantity', { description: '' })
    expect(movement.number('product.unitPriceMinor')).toEqual({ kind: 'field', path: 'product.unitPriceMinor' })
  })

  it('is refused at the start where its words contradict each other', () => {
    const declared = { name: 'wrongReport', of: movement, description: '', auth: readsReports }
    const units = movement.sum(movement.number('quantity'), { description: '' })
    const amount = movement.amount(movement.number('quantity'), { type: 'String', make: String }, { description: '' })
    const word = movement.value('orderId', 'String', { description: '' })
    expect(() => report({ ...declared, by: { UNITS: word }, measures: { UNITS: units } })).toThrow(
      'wrongReport has UNITS as a dimension and as a measure',
    )
    expect(() => report({ ...declared, by: {}, measures: { VALUE: amount } })).toThrow('the amount VALUE and no unit')
    expect(() => report({ ...declared, by: {}, unit: 'CURRENCY', measures: { VALUE: amount } })).toThrow(
      'no dimension CURRENCY for its unit',
    )
  })
})
