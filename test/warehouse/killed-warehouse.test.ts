import pg from 'pg'
import { expect, it } from 'vitest'
import { z } from 'zod'
import { demoId } from '../../prisma/demo/ids.ts'
import { demoStaff } from '../../prisma/demo/viewers.ts'
import { developmentToken } from '../../src/platform/auth/development-keys.ts'
import { parseConfig } from '../../src/platform/config/config.ts'
import { encodeId } from '../../src/platform/graphql/ids.ts'
import { post } from '../platform/support/call.ts'
import { callers, expectInvariants } from '../property/order-to-cash.ts'
import { createEnvironment } from '../support/environment.ts'
import { ServerProcess } from '../support/server-process.ts'
import { salesOfApi, salesOfWarehouse, violations } from './support/sales.ts'
import { Warehouse } from './support/warehouse.ts'

const steps = 200
const kills = 12
const renames = 80
const stepsInAll = callers * steps

/** Limits are off, because it is asked much in a short time. */
const generous = { RATE_LIMIT_CAPACITY: '1000000000', EXPORT_ROWS_PER_MINUTE: '1000000000' }

it('killed again and again while orders are made, the warehouse has every line once and every version in order', async () => {
  const command = 'npm run test:slow -- test/warehouse/killed-warehouse'
  await expectInvariants({ command, steps, orders: 100 }, async (carryOut) => {
    await using environment = await createEnvironment('demo')
    const { ownerUrl, dataDir, env } = environment
    await using server = await ServerProcess.open({ ...env, ...generous, LOG_LEVEL: 'warn' })
    const { url } = server
    const { auth } = parseConfig({ NODE_ENV: 'test' })
    const token = await developmentToken(dataDir, auth, demoStaff('analyst'))
    await using warehouse = await Warehouse.create(async () => ({ url, token }))
    for (const statement of ['insert into changed', 'insert into staging.source', '-- From staging into the star']) {
      await warehouse.start()
      await warehouse.killAt(statement)
    }
    await warehouse.catchUp()
    await warehouse.start()

    const renamer = await Renamer.open(url, ownerUrl, await developmentToken(dataDir, auth, demoStaff('admin')))
    const killer = new Killer(warehouse)
    let done = 0
    await carryOut({
      ...{ ownerUrl, dataDir },
      server: async () => server,
      step: () => {
        done++
        if (done % Math.floor(stepsInAll / renames) === 0) renamer.next()
        if (done % Math.floor(stepsInAll / kills) === 0) killer.next()
      },
      settled: async () => {
        await renamer.end()
        await killer.end()
      },
    })
    await warehouse.catchUp()

    expect(await salesOfWarehouse(warehouse)).toEqual(await salesOfApi(url, token))
    expect(await violations(warehouse)).toEqual([])
    for (const [productId, names] of renamer.names) {
      const versions = await namesOf(warehouse, productId)
      // Two changes between two pages of events are one version.
      expect(names.filter((name) => versions.includes(name))).toEqual(versions.slice(1))
      expect(versions.at(-1)).toBe(names.at(-1))
    }
    const versions = await warehouse.rows(
      'select count(*)::int as count from sales.dim_product',
      z.object({ count: z.number() }),
    )
    console.log(`killed ${killer.kills} times; ${renamer.count} renames, ${versions[0]?.count} versions of products`)
    expect(killer.kills).toBe(kills)
  })
}, 240_000)

async function namesOf(warehouse: Warehouse, productId: string): Promise<string[]> {
  const rows = await warehouse.rows(
    `select name from sales.dim_product where product_id = '${productId}' order by valid_from`,
    z.object({ name: z.string() }),
  )
  return rows.map(({ name }) => name)
}

/** Statements of each page of events, of which some are inside its transaction. */
const moments = ['commit', 'insert into changed', '-- From staging into the star', 'select position']

/** Kills the program at each of these moments in turn, and starts it again. */
class Killer {
  kills = 0
  readonly #warehouse: Warehouse
  /** Once nothing happens any more, no moment is waited for. */
  readonly #isOver = new AbortController()
  #queue: Promise<void> = Promise.resolve()

  constructor(warehouse: Warehouse) {
    this.#warehouse = warehouse
  }

  next(): void {
    this.#queue = this.#queue.then(async () => {
      await this.#warehouse.killAt(moments[this.kills++ % moments.length] ?? '', this.#isOver.signal)
      await this.#warehouse.start()
    })
  }

  async end(): Promise<void> {
    this.#isOver.abort()
    await this.#queue
    await this.#warehouse.end('SIGKILL')
  }
}

/** Gives products new names, one after the other: through the API, and in plain SQL. */
class Renamer {
  /** The names of each product, in order. */
  readonly names = new Map<string, string[]>()
  count = 0
  readonly #rename: (key: string, name: string) => Promise<unknown>
  readonly #close: () => Promise<void>
  #queue: Promise<void> = Promise.resolve()

  static async open(url: string, ownerUrl: string, token: string): Promise<Renamer> {
    const client = new pg.Client({ connectionString: ownerUrl })
    await client.connect()
    const ask = async (query: string, variables: object) =>
      JSON.parse((await post(url, { query, variables }, { authorization: `Bearer ${token}` })).text)
    const throughApi = async (id: string, name: string) => {
      const found = z.object({ data: z.object({ product: z.object({ version: z.number() }) }) })
      const { version } = found.parse(await ask('query ($id: ID!) { product(id: $id) { version } }', { id })).data
        .product
      const mutation = 'mutation ($input: ProductUpdateInput!) { productUpdate(input: $input) { userErrors { code } } }'
      const input = { productId: id, version, name }
      expect(await ask(mutation, { input })).toMatchObject({ data: { productUpdate: { userErrors: [] } } })
    }
    const inSql = (uuid: string, name: string) =>
      client.query('update commerce.md_product set nm = $1 where uid = $2', [name, uuid])
    let turn = 0
    const rename = (key: string, name: string) => {
      const uuid = demoId('product', key)
      return turn++ % 2 === 0 ? throughApi(encodeId('Product', uuid), name) : inSql(uuid, name)
    }
    return new Renamer(rename, () => client.end())
  }

  private constructor(rename: (key: string, name: string) => Promise<unknown>, close: () => Promise<void>) {
    this.#rename = rename
    this.#close = close
  }

  next(): void {
    this.#queue = this.#queue.then(async () => {
      const key = String((this.count % 4) + 1)
      const name = `Name ${++this.count}`
      await this.#rename(key, name)
      const id = encodeId('Product', demoId('product', key))
      this.names.set(id, [...(this.names.get(id) ?? []), name])
    })
  }

  async end(): Promise<void> {
    await this.#queue
    await this.#close()
  }
}
