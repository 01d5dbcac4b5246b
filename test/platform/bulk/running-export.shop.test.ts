import { setTimeout as pause } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { createWorld, type World } from '../../support/world.ts'
import { newKey } from '../support/api-key.shop.ts'
import { askExport } from './support/export.ts'

describe('while an export runs', () => {
  /** Enough that a page is left when the buffers of the connection, some 10 MB, hold the pages before. */
  const many = 7000
  const addCategories = (world: World) =>
    world.client.$executeRawUnsafe(
      `insert into commerce.md_category (uid, nm, descr_txt)
       select md5('many' || n)::uuid, 'Many ' || lpad(n::text, 5, '0'), repeat('x', 5000) from generate_series(1, ${many}) n`,
    )
  const query = '{ categories { edges { node { id name description } } } }'
  const sessions = (world: World) =>
    world.rowsOf(
      `select state from pg_stat_activity where application_name = 'frontdoor export' and datname = current_database()`,
      z.object({ state: z.string().nullable() }),
    )

  it('shows one moment, also for keys that are no UUIDs of RFC 9562, and holds back while its client does not read', async () => {
    await using busy = await createWorld()
    await addCategories(busy)
    const response = await askExport(busy, 'anonymous', query)
    const reader = response.body?.getReader()
    const first = await reader?.read()
    // Nothing is read ahead beyond a page or two: the rest waits in the database, of the same moment.
    await expect.poll(() => sessions(busy), { timeout: 20_000 }).toEqual([{ state: 'idle in transaction' }])
    await busy.client.$executeRawUnsafe(`delete from commerce.md_category where nm like 'Many %' and nm > 'Many 01000'`)
    let bytes = first?.value?.length ?? 0
    for (let piece = await reader?.read(); piece && !piece.done; piece = await reader?.read())
      bytes += piece.value.length
    expect(bytes).toBeGreaterThan(many * 5000)
    await expect.poll(() => sessions(busy)).toEqual([{ state: 'idle' }])
  })

  it('reads 2,000 rows at a time where nothing else is asked, and 250 while requests come', async () => {
    await using asked = await createWorld()
    await addCategories(asked)
    const pages = async () => {
      const statements = await asked.statementsOf(async () => (await askExport(asked, 'anonymous', query)).text())
      return statements.filter(({ sql }) => /"descr_txt".* LIMIT /.test(sql)).map(({ rows }) => rows)
    }
    const count = z.object({ count: z.number() })
    const [all] = await asked.rowsOf('select count(*)::int as count from commerce.md_category', count)
    expect(await pages()).toEqual([101, 401, 1601, 2001, 2001, (all?.count ?? 0) - 6100])
    let isAsking = true
    const asking = (async () => {
      while (isAsking) await asked.as('anonymous').query('{ categories(first: 1) { nodes: edges { cursor } } }')
    })()
    try {
      expect(await pages()).toContain(251)
    } finally {
      isAsking = false
      await asking
    }
  })

  it('ends with its client, and leaves no connection', async () => {
    await using left = await createWorld()
    await addCategories(left)
    const leaving = new AbortController()
    const response = await left.fetchAs('anonymous', '/bulk/export', {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'application/x-ndjson', 'accept-encoding': 'identity' },
      body: JSON.stringify({ query }),
      signal: leaving.signal,
    })
    await response.body?.getReader().read()
    leaving.abort()
    await expect.poll(() => sessions(left), { timeout: 20_000 }).toEqual([])
    await expect
      .poll(() => left.logLines.some((line) => line.includes('"end":"broken off"')), { timeout: 20_000 })
      .toBe(true)
  })

  it('is cut off, and not ended, when its connection to the database breaks', async () => {
    await using broken = await createWorld()
    await addCategories(broken)
    const response = await askExport(broken, 'anonymous', query)
    const reader = response.body?.getReader()
    await reader?.read()
    await broken.rowsOf(
      `select pg_terminate_backend(pid) as ended from pg_stat_activity
       where application_name = 'frontdoor export' and datname = current_database()`,
      z.object({ ended: z.boolean() }),
    )
    const rest = async () => {
      for (let piece = await reader?.read(); piece && !piece.done; piece = await reader?.read());
    }
    await expect(rest()).rejects.toThrow()
  })

  it('ends when its API key is revoked', async () => {
    await using keyed = await createWorld()
    await addCategories(keyed)
    const { id, secret } = await newKey(keyed, { scopes: ['orders:read'] })
    const response = await fetch(`${keyed.url}/bulk/export`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        accept: 'application/x-ndjson',
        'accept-encoding': 'identity',
        authorization: `Bearer ${secret}`,
      },
      body: JSON.stringify({ query }),
    })
    const reader = response.body?.getReader()
    await reader?.read()
    await keyed
      .as('admin')
      .query('mutation ($id: ID!) { apiKeyRevoke(input: { apiKeyId: $id }) { userErrors { code } } }', { id })
    const rest = async () => {
      for (let piece = await reader?.read(); piece && !piece.done; piece = await reader?.read()) await pause(20)
    }
    await expect(rest()).rejects.toThrow()
  })
})
