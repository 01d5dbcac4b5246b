import { randomUUID } from 'node:crypto'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { z } from 'zod'
import { prismaFolder } from '../../../src/app.ts'
import { migrateDatabase } from '../../../src/platform/database/migrate.ts'
import { serverSessionAt, sessionAt } from '../../../src/platform/database/session.ts'
import { withClient } from '../../../src/platform/database/with-client.ts'
import { domain } from '../../../src/schema.ts'
import { databaseUrl, onServer } from '../../support/database-server.ts'
import { createWorld, dataOf, type World } from '../../support/world.ts'
import { exportText } from '../bulk/support/export.ts'
import { bytesOf, forgetHostile, makeHostile, reads } from './support/hostile.shop.ts'

let plain: World
let hostile: World
beforeAll(async () => {
  ;[plain, hostile] = await Promise.all([createWorld(), createWorld({ prepare: makeHostile })])
})
afterAll(async () => {
  await forgetHostile({ ownerUrl: hostile.databaseUrl, url: hostile.serverDatabaseUrl })
  await Promise.all([plain?.close(), hostile?.close()])
})

const productUpdate = `mutation ($input: ProductUpdateInput!) {
  productUpdate(input: $input) { product { id name version unitPrice { amount } } userErrors { code } }
}`

describe('a server whose database and role set everything otherwise', () => {
  it('is ready', async () => {
    const response = await fetch(`${hostile.url}/readyz`)
    expect([response.status, await response.text()]).toEqual([200, '{"status":"ok"}'])
    expect(hostile.logLines.filter((line) => /"level":(40|50)/.test(line))).toEqual([])
  })

  it.each(Object.entries(reads))('answers %s with the same bytes', async (_name, query) => {
    const expected = await bytesOf(plain, query)
    expect(expected).not.toContain('"errors"')
    expect(await bytesOf(hostile, query)).toBe(expected)
  })

  it('exports the same bytes', async () => {
    const query =
      '{ orders { edges { node { id number placedAt freight { amount } lines { quantity } customer { name } } } } }'
    expect(await exportText(hostile, 'admin', query)).toBe(await exportText(plain, 'admin', query))
  })

  it('changes the same, and tells it in the feed', async () => {
    const { products } = dataOf(
      await plain.as('admin').query('{ products(first: 1) { edges { node { id version } } } }'),
      z.object({
        products: z.object({ edges: z.tuple([z.object({ node: z.object({ id: z.string(), version: z.number() }) })]) }),
      }),
    )
    const { id, version } = products.edges[0].node
    const change = async (world: World) => {
      const renamed = await bytesOf(world, productUpdate, {
        input: { productId: id, version, name: 'Tea', idempotencyKey: randomUUID() },
      })
      const told = '{ changes(first: 10) { events { __typename } hasMore } }'
      return [renamed, await bytesOf(world, told)]
    }
    const expected = await change(plain)
    expect(expected.join()).not.toContain('"errors"')
    expect(await change(hostile)).toEqual(expected)
  })

  it('writes what plain SQL reads, with the same texts', async () => {
    const texts = (world: World) =>
      withClient(
        world.databaseUrl,
        async (client) => (await client.query('select t::text from commerce.md_product t order by uid')).rows,
      )
    expect(await texts(hostile)).toEqual(await texts(plain))
  })
})

describe('a session', () => {
  it('of another program falls into the trap', async () => {
    const options = '-c statement_timeout=0 -c idle_session_timeout=0'
    const client = new pg.Client({ connectionString: hostile.serverDatabaseUrl, options })
    await client.connect()
    await expect(client.query('select now()')).rejects.toThrow('trapped')
    await client.end()
  })

  it('has the same settings everywhere, also where the URL says others', async () => {
    const settings = async (url: string) => {
      const client = new pg.Client(sessionAt(url))
      await client.connect()
      const { rows } = await client.query(
        "select name, setting from pg_settings where source in ('client', 'database', 'user', 'database user') order by name",
      )
      await client.end()
      return rows
    }
    const url = new URL(hostile.serverDatabaseUrl)
    url.searchParams.set('options', '-c search_path=trap -c timezone=Asia/Tokyo')
    const expected = await settings(plain.serverDatabaseUrl)
    expect(expected).toContainEqual({ name: 'search_path', setting: 'pg_catalog' })
    expect(await settings(hostile.serverDatabaseUrl)).toEqual(expected)
    expect(await settings(url.href)).toEqual(expected)
  })
})

it('a session of the server knows the operators of an extension in the schema where it is', async () => {
  await onServer(
    plain.databaseUrl,
    'create schema "Case"',
    'create extension citext schema "Case"',
    'grant usage on schema "Case" to public',
  )
  const bounds = { connectMs: 1000, statementMs: 1000, lockMs: 1000, idleInTransactionMs: 1000 }
  const isEqual = async (operatorSchemas: string[]) => {
    const client = new pg.Client(serverSessionAt(plain.serverDatabaseUrl, { ...bounds, operatorSchemas }))
    await client.connect()
    const { rows } = await client.query<{ is: boolean }>(`select 'ONE'::"Case".citext = 'one' as "is"`)
    await client.end()
    return rows[0]?.is
  }
  expect([await isEqual([]), await isEqual(['"Case"'])]).toEqual([false, true])
})

describe('migrations', () => {
  it('make the same from nothing', async () => {
    const { url: server, role } = inject('server')
    const name = `frontdoor_session_${randomUUID().replaceAll('-', '')}`
    await onServer(server, `create database ${name}`)
    const ownerUrl = databaseUrl(server, name)
    const url = new URL(ownerUrl)
    url.username = role.name
    url.password = role.password
    try {
      await makeHostile({ ownerUrl, url: url.href })
      await migrateDatabase({ ownerUrl, url: url.href }, prismaFolder, domain)
      expect(await shapeOf(ownerUrl)).toEqual(await shapeOf(plain.databaseUrl))
    } finally {
      await onServer(server, `drop database if exists ${name} with (force)`)
    }
  })
})

/** Every column, index, constraint, function and right outside of the trap, as PostgreSQL writes them. */
function shapeOf(url: string): Promise<unknown[]> {
  return withClient(url, async (client) => {
    const { rows } = await client.query(
      `select 'column' as "kind", attrelid::regclass::text || '.' || attname as "name", format_type(atttypid, atttypmod) || ' ' || attnotnull || ' ' || coalesce(pg_get_expr(adbin, adrelid), '') || coalesce(attacl::text, '') as "is"
       from pg_attribute join pg_class c on c.oid = attrelid left join pg_attrdef on adrelid = attrelid and adnum = attnum
       where attnum > 0 and not attisdropped and relkind in ('r', 'p', 'v') and relnamespace = any(array['commerce', 'platform', 'jobs', 'public']::regnamespace[])
         and relname !~ '^(pf_outbox_|queue_stats_\\d)'
       union all select 'index', indexrelid::regclass::text, pg_get_indexdef(indexrelid) from pg_index join pg_class c on c.oid = indrelid
       where relnamespace = any(array['commerce', 'platform', 'jobs', 'public']::regnamespace[]) and relname !~ '^(pf_outbox_|queue_stats_\\d)'
       union all select 'constraint', conrelid::regclass::text || '.' || conname, pg_get_constraintdef(oid) from pg_constraint
       where connamespace = any(array['commerce', 'platform', 'jobs', 'public']::regnamespace[])  and conrelid::regclass::text !~ 'pf_outbox_|queue_stats_\\d'
       union all select 'function', oid::regprocedure::text, pg_get_functiondef(oid) from pg_proc
       where pronamespace = any(array['commerce', 'platform', 'jobs']::regnamespace[]) and prokind = 'f'
       order by 1, 2, 3`,
    )
    return rows
  })
}
