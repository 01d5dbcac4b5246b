import { randomUUID } from 'node:crypto'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { demoId } from '../../../prisma/demo/ids.ts'
import { prismaFolder } from '../../../src/app.ts'
import { ConfigError } from '../../../src/platform/config/config.ts'
import { migrateDatabase } from '../../../src/platform/database/migrate.ts'
import { encodeId } from '../../../src/platform/graphql/ids.ts'
import { domain } from '../../../src/schema.ts'
import { ledger, lineOf, place, shipTo } from '../../commerce/support/order-place.ts'
import { hasPgbouncer, keepsStatements, Pgbouncer } from '../../support/pgbouncer.ts'
import { codesOf, createWorld, type World } from '../../support/world.ts'
import { fileText } from '../bulk/support/download.ts'
import { exportText } from '../bulk/support/export.ts'
import { exportEnded, startExport } from '../bulk/support/export-job.ts'
import { importReport, ndjson } from '../bulk/support/import.ts'
import { readChanges } from '../events/support/changes.ts'
import { Lock } from '../support/lock.ts'
import { bytesOf, forgetHostile, hostileSettings, makeHostile, reads } from './support/hostile.shop.ts'

if (!hasPgbouncer) console.warn('test/platform/database/poolers.shop.test.ts is skipped: there is no pgbouncer')

type Pooled = World & { pooler: Pgbouncer }

/** A server whose database is reached through PgBouncer. */
async function throughPgbouncer(
  { isDirect, env = {}, ...options }: NonNullable<Parameters<typeof createWorld>[0]> & { isDirect?: boolean },
  settings: Record<string, string> = {},
): Promise<Pooled> {
  let pooler: Pgbouncer | undefined
  const route = async (url: string) => {
    if (isDirect) env.DATABASE_DIRECT_URL = url
    pooler = await Pgbouncer.before(url, { settings })
    return pooler.url
  }
  try {
    const world = await createWorld({ ...options, env, route })
    if (!pooler) throw new Error('no pooler')
    const opened = pooler
    const closeWorld = world.close
    const close = async () => {
      await closeWorld()
      await opened[Symbol.asyncDispose]()
    }
    return Object.assign(world, { pooler: opened, close, [Symbol.asyncDispose]: close })
  } catch (error) {
    await pooler?.[Symbol.asyncDispose]()
    throw error
  }
}

/** Another program on the same pool. */
async function otherProgram(url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url })
  client.on('error', () => {})
  await client.connect()
  return client
}

const ready = async ({ url }: { url: string }) => {
  const response = await fetch(`${url}/readyz`)
  return [response.status, await response.json()]
}
const unavailable = (reason: string) => [503, { status: 'unavailable', reason }]
const counted = '{ products { totalCount } }'
/** Sessions through a pooler have no answer to a role whose timeouts end them before their first statement. */
const hostile = hostileSettings.filter((setting) => !/timeout/.test(setting))

const keeping = (statements: string): Record<string, string> => ({ max_prepared_statements: statements })
const modes = [
  { name: 'that keeps no prepared statements', settings: keepsStatements ? keeping('0') : {}, keeps: false },
  { name: 'that keeps prepared statements', settings: keeping('200'), keeps: true },
].filter(({ keeps }) => keepsStatements || !keeps)

describe.runIf(hasPgbouncer).each(modes)(
  'a server behind a pooler in transaction mode $name',
  ({ settings, keeps }) => {
    let plain: World
    let pooled: Pooled
    beforeAll(async () => {
      plain = await createWorld()
      pooled = await throughPgbouncer({ prepare: (urls) => makeHostile(urls, hostile) }, settings)
    })
    afterAll(async () => {
      await forgetHostile({ ownerUrl: pooled.databaseUrl, url: pooled.serverDatabaseUrl })
      await Promise.all([plain?.close(), pooled?.close()])
    })

    it('finds that out by itself, says so once, and is ready', async () => {
      expect(pooled.logLines.filter((line) => line.includes('through a pooler'))).toEqual([
        expect.stringContaining(`"keepsPreparedStatements":${keeps},`),
      ])
      expect(pooled.logLines.filter((line) => /"level":(40|50)/.test(line))).toEqual([
        expect.stringContaining('without DATABASE_DIRECT_URL'),
      ])
      expect(await ready(pooled)).toEqual([200, { status: 'ok' }])
    })

    it.each(Object.entries(reads))(
      'answers %s with the same bytes, whatever its sessions set',
      async (_name, query) => {
        const expected = await bytesOf(plain, query)
        expect(expected).not.toContain('"errors"')
        for (let times = 0; times < 3; times++) expect(await bytesOf(pooled, query)).toBe(expected)
      },
    )

    it('exports the same bytes, as a stream and as a job', async () => {
      const query = '{ orders { edges { node { id number placedAt freight { amount } lines { quantity } } } } }'
      const expected = await exportText(plain, 'admin', query)
      expect(await exportText(pooled, 'admin', query)).toBe(expected)
      const id = await startExport(pooled.as('admin'), query)
      expect(await exportEnded(pooled.as('admin'), id)).toMatchObject({ state: 'DONE', snapshots: 1 })
      expect(await fileText(pooled, pooled.as('admin'), id)).toBe(expected)
    })

    it('places an order once for a key, and tells it in the feed', async () => {
      const caller = pooled.as('customer ALFKI')
      const before = (await readChanges(pooled, 'admin', { topics: ['ORDER_PLACED'], first: 500 })).endPosition
      const input = { idempotencyKey: randomUUID(), lines: [await lineOf(pooled, 'NW-0003')], shipTo }
      const first = await place(caller, input)
      expect(await place(caller, input)).toEqual(first)
      const { events } = await readChanges(pooled, 'admin', { after: before, topics: ['ORDER_PLACED'], wait: 5 })
      expect(events).toMatchObject([{ topic: 'ORDER_PLACED', actorKind: 'customer' }])
    })

    it('imports a file, each line once', async () => {
      const products = Array.from({ length: 300 }, (_, index) => ({
        sku: `POOL-${index}`,
        name: 'Imported',
        unitPrice: { amount: '1.50', currency: 'USD' },
        supplierId: encodeId('Supplier', demoId('supplier', '1')),
        categoryId: encodeId('Category', demoId('category', '1')),
      }))
      const key = randomUUID()
      const done = { summary: { state: 'DONE', lastLine: 300, done: 300, refused: 0 } }
      expect((await importReport(pooled, 'productCreate', ndjson(products), { key })).end).toMatchObject(done)
      expect((await importReport(pooled, 'productCreate', ndjson(products), { key })).end).toMatchObject(done)
      expect(await pooled.client.product.count({ where: { name: 'Imported' } })).toBe(300)
    })

    it('serves far more requests at once than the pooler has sessions, reads and writes', async () => {
      const before = await ledger(pooled)
      const line = await lineOf(pooled, 'NW-0041')
      const writes = Array.from({ length: 20 }, () => place(pooled.as('customer ALFKI'), { lines: [line], shipTo }))
      const found = await Promise.all(
        Array.from({ length: 100 }, () => pooled.as('admin').query(reads['a page from the end'])),
      )
      expect(found.flatMap(codesOf)).toEqual([])
      expect((await Promise.all(writes)).flatMap(({ userErrors }) => userErrors)).toEqual([])
      expect((await ledger(pooled)).orders).toBe(before.orders + 20)
    })

    it('cannot write where it reads', async () => {
      const update = 'update commerce.md_product set nm = nm'
      const refused = /read-only transaction/
      await expect(pooled.database.client.$executeRawUnsafe(update)).rejects.toThrow(refused)
      const client = await pooled.database.primary.connect()
      await expect(client.query(update)).rejects.toThrow(refused)
      await expect(client.query({ text: `${update} where nm = $1`, values: ['x'] })).rejects.toThrow(refused)
      await expect(client.query(`set transaction read write; ${update}`)).rejects.toThrow()
      client.release()
    })
  },
)

describe.runIf(hasPgbouncer)('other programs on the same sessions of a pooler', () => {
  it('change nothing that the server answers or may do, and the server nothing of theirs', async () => {
    await using plain = await createWorld()
    await using world = await throughPgbouncer({}, { default_pool_size: '1' })
    await makeHostile({ ownerUrl: world.databaseUrl, url: world.serverDatabaseUrl }, [])
    const other = await otherProgram(world.pooler.url)
    const settings = [
      ...hostile,
      'statement_timeout = 7000',
      'default_transaction_read_only = off',
      'frontdoor.tells = off',
    ]
    const backend = async () => {
      const { rows } = await other.query<{ pid: number }>('select pg_catalog.pg_backend_pid() as pid')
      return rows[0]?.pid
    }
    // PgBouncer replaces a session whose client leaves in the middle of a statement, as one does that has waited too long for
    // the only session. Then the settings are gone, and all is done again.
    for (let session: number | undefined; session === undefined || session !== (await backend()); ) {
      session = await backend()
      for (const setting of settings) await other.query(`set ${setting}`)
      await expect(other.query('select now()')).rejects.toThrow('trapped')

      for (const query of Object.values(reads)) expect(await bytesOf(world, query)).toBe(await bytesOf(plain, query))
      const update = 'update commerce.md_product set nm = nm'
      await expect(world.database.client.$executeRawUnsafe(update)).rejects.toThrow(/read-only transaction/)
      await place(world.as('customer ALFKI'), { lines: [await lineOf(world, 'NW-0003')], shipTo })
    }

    const { rows } = await other.query(
      `select pg_catalog.current_setting('search_path') as path, pg_catalog.current_setting('statement_timeout') as timeout,
              pg_catalog.current_setting('default_transaction_read_only') as "readOnly",
              pg_catalog.current_setting('frontdoor.tells') as tells,
              array(select * from pg_catalog.pg_listening_channels()) as channels`,
    )
    expect(rows).toEqual([{ path: 'trap, pg_catalog', timeout: '7s', readOnly: 'off', tells: 'off', channels: [] }])
    await other.end()
  })
})

describe.runIf(hasPgbouncer)('through a pooler', () => {
  it('a slow statement is stopped, and the next one works', async () => {
    await using world = await throughPgbouncer({ env: { DATABASE_STATEMENT_TIMEOUT_MS: '1000' } })
    await using lock = await Lock.on('commerce.md_product', world)
    expect(codesOf(await world.as('anonymous').query(counted))).toEqual(['DEADLINE_EXCEEDED'])
    const input = { lines: [{ productId: encodeId('Product', demoId('product', '3')), quantity: 1 }], shipTo }
    const mutation = 'mutation ($input: OrderPlaceInput!) { orderPlace(input: $input) { userErrors { code } } }'
    const variables = { input: { ...input, idempotencyKey: randomUUID() } }
    expect(codesOf(await world.as('customer ALFKI').query(mutation, variables))).toEqual(['DEADLINE_EXCEEDED'])
    await lock.release()
    expect((await world.as('anonymous').query(counted)).data).toEqual({ products: { totalCount: 77 } })
  })

  it('a request waits for a session no longer than its bound, and the server is not ready meanwhile', async () => {
    const env = { DATABASE_STATEMENT_TIMEOUT_MS: '500', DATABASE_POOL_WAIT_MS: '500' }
    await using world = await throughPgbouncer({ env }, { default_pool_size: '1' })
    const other = await otherProgram(world.pooler.url)
    await other.query('begin')
    expect(codesOf(await world.as('anonymous').query(counted))).toEqual(['UNAVAILABLE'])
    expect(await ready(world)).toEqual(unavailable('the database does not answer'))
    await other.query('commit')
    await other.end()
    expect(await ready(world)).toEqual([200, { status: 'ok' }])
    expect((await world.as('anonymous').query(counted)).data).toEqual({ products: { totalCount: 77 } })
  })

  it('with DATABASE_DIRECT_URL the feed and the jobs have sessions of PostgreSQL itself', async () => {
    await using world = await throughPgbouncer({ isDirect: true })
    expect(world.logLines.filter((line) => /"level":(40|50)/.test(line))).toEqual([])
    const id = await startExport(world.as('admin'), '{ products { edges { node { id } } } }')
    await exportEnded(world.as('admin'), id)
    const names = await world.rowsOf(
      'select distinct application_name as name from pg_stat_activity where datname = current_database() order by 1',
      z.object({ name: z.string() }),
    )
    expect(names).toEqual(expect.arrayContaining([{ name: 'frontdoor events' }, { name: 'frontdoor jobs' }]))
  })

  it('in session mode the server works too', async () => {
    await using world = await throughPgbouncer({}, { pool_mode: 'session', default_pool_size: '40' })
    expect(await ready(world)).toEqual([200, { status: 'ok' }])
    await place(world.as('customer ALFKI'), { lines: [await lineOf(world, 'NW-0003')], shipTo })
  })

  it('in statement mode the server is not ready, and says why', async () => {
    await using world = await throughPgbouncer({}, { pool_mode: 'statement' })
    expect(await ready(world)).toEqual(unavailable('the pooler must be in transaction mode'))
  })

  it('is not ready while the pooler is gone', async () => {
    await using world = await throughPgbouncer({})
    expect(await ready(world)).toEqual([200, { status: 'ok' }])
    await world.pooler.stop()
    expect(await ready(world)).toEqual(unavailable('the database does not answer'))
  })

  it.each<Record<string, string>>([{}, { ignore_startup_parameters: 'options' }])(
    'DATABASE_POOLER=none does not start, and says what to do (%o)',
    async (settings) => {
      const opened = throughPgbouncer({ data: 'empty', env: { DATABASE_POOLER: 'none' } }, settings)
      await expect(opened).rejects.toThrow(ConfigError)
      await expect(opened).rejects.toThrow(/connect to PostgreSQL itself, or set DATABASE_POOLER=transaction/)
    },
  )

  it.each<Record<string, string>>([{}, { ignore_startup_parameters: 'options' }])(
    'no migration is applied, and the command says what to do (%o)',
    async (settings) => {
      await using world = await throughPgbouncer({ data: 'migrated' }, settings)
      const { url } = world.pooler
      const refused = migrateDatabase({ url, ownerUrl: url }, prismaFolder, domain)
      await expect(refused).rejects.toThrow(/MIGRATE_DATABASE_URL, or DATABASE_DIRECT_URL/)
    },
  )

  it('a pooler that drops the settings silently is found too', async () => {
    await using world = await throughPgbouncer({ data: 'empty' }, { ignore_startup_parameters: 'options' })
    expect(world.logLines.filter((line) => line.includes('through a pooler'))).toHaveLength(1)
    expect(await ready(world)).toEqual([200, { status: 'ok' }])
  })
})
