import pg from 'pg'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { queryRows } from '../../../src/platform/database/row-query.ts'
import { createWorld, type World } from '../../support/world.ts'

let world: World
let client: pg.Client
beforeAll(async () => {
  world = await createWorld()
  client = new pg.Client({ connectionString: world.databaseUrl })
  await client.connect()
})
afterAll(async () => {
  await client.end()
  await world.close()
})

const statement = (text: string, ...values: unknown[]) => ({ name: undefined, text, values })

const valuesOf = (
  client: pg.Client,
  of: ReturnType<typeof statement> | { name: string; text: string; values: unknown[] },
) => queryRows(client, of, (values) => values)

/** The same rows, by the driver's own parser. */
async function rowsOfDriver(text: string, ...values: unknown[]): Promise<unknown[][]> {
  return (await client.query<unknown[]>({ text, values, rowMode: 'array' })).rows
}

it('reads what the driver reads: texts of any length and alphabet, numbers, truths, JSON and nulls', async () => {
  const text = `select n, n::bigint * 5000000000, n % 2 = 0, case when n % 3 = 0 then null else 'n' || n end,
      repeat(case when n % 5 = 0 then 'ä€😀' when n % 7 = 0 then E'"\\\\\\t\\n' else 'a' end, (n * n) % $1),
      case when n % 4 = 0 then json_build_array(n, null, 'é') end, array[n::text, 'b']
    from generate_series(1, 3000) n`
  const rows = await valuesOf(client, statement(text, 997))
  expect(rows).toHaveLength(3000)
  expect(rows).toEqual(await rowsOfDriver(text, 997))
})

it('reads no rows, a row without columns, and a row that is longer than a piece of the network', async () => {
  expect(await valuesOf(client, statement('select 1 where false'))).toEqual([])
  expect(await valuesOf(client, statement('select from generate_series(1, 2)'))).toEqual([[], []])
  expect(await valuesOf(client, statement(`select repeat('ü', 1000000), 2`))).toEqual([['ü'.repeat(1_000_000), 2]])
})

it('fails where the statement fails behind some rows, and the connection goes on', async () => {
  await expect(valuesOf(client, statement('select 1 / (5000 - n) from generate_series(1, 9000) n'))).rejects.toThrow(
    'division by zero',
  )
  await expect(valuesOf(client, statement('select from nowhere'))).rejects.toThrow('does not exist')
  expect(await valuesOf(client, { name: 'again', text: 'select $1::int', values: [7] })).toEqual([[7]])
  expect(await valuesOf(client, { name: 'again', text: 'select $1::int', values: [8] })).toEqual([[8]])
  expect(await rowsOfDriver('select 9')).toEqual([[9]])
})

it('fails where the connection breaks', async () => {
  const broken = new pg.Client({ connectionString: world.databaseUrl })
  broken.on('error', () => {})
  await broken.connect()
  const { rows } = await broken.query<{ pid: number }>('select pg_backend_pid() as pid')
  const reading = valuesOf(broken, statement('select n, pg_sleep(n) from generate_series(0, 100) n'))
  const failed = expect(reading).rejects.toThrow()
  await client.query('select pg_terminate_backend($1)', [rows[0]?.pid])
  await failed
})
