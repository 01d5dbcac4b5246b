import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { z } from 'zod'
import { loadMusic } from '../../second-domain/support/load.ts'
import { ServerProcess } from '../../support/server-process.ts'
import { answer, codesOf } from '../../support/world.ts'
import { foreignDatabase } from './support/foreign-database.ts'
import { freshClone } from './support/fresh-clone.ts'

const password = 'a#canary'

let database: Awaited<ReturnType<typeof foreignDatabase>>
let clone: Awaited<ReturnType<typeof freshClone>>
let said: string
beforeAll(async () => {
  database = await foreignDatabase()
  await loadMusic(database.url, ['chinook.sql'])
  clone = await freshClone()
  said = await clone.npm('adopt', urlWithPassword(), '--name', 'music')
}, 300_000)
afterAll(async () => {
  await clone?.[Symbol.asyncDispose]()
  await database?.[Symbol.asyncDispose]()
})

/** The server of the tests trusts its users, so that it takes any password. */
function urlWithPassword(): string {
  const url = new URL(database.url)
  url.password ||= password
  return url.href
}

/** `npm start` in the clone, with nothing set but the port. */
async function start() {
  const server = new ServerProcess({ ENV_FILE: '', METRICS_PORT: '0' }, undefined, clone.folder)
  const url = await server.says(/API and GraphiQL +(http:\S+)/)
  const ask = async (query: string, token?: string) => {
    const authorization: Record<string, string> = token === undefined ? {} : { authorization: `Bearer ${token}` }
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'application/json', ...authorization },
      body: JSON.stringify({ query }),
    })
    return answer.parse(await response.json())
  }
  return { server, url, ask, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() }
}

const nested = '{ artists(first: 1) { edges { node { name albums { edges { node { title } } } } } } }'

describe('a fresh clone, after npm run adopt and nothing by hand,', () => {
  it('says what it did and what is next, without the password', () => {
    expect(said).toContain('Kept the URL in .env, which git ignores.')
    expect(said).toContain('Next: npm start')
    expect(said).not.toContain(new URL(urlWithPassword()).password)
  })

  it('has the URL in a file that nobody else may read, and the password nowhere else', async () => {
    const path = join(clone.folder, '.env')
    expect((await stat(path)).mode & 0o777).toBe(0o600)
    expect(await readFile(path, 'utf8')).toBe(`DATABASE_URL='${urlWithPassword()}'\n`)
    const changes = await clone.changes()
    expect(changes.filter((line) => line.includes('.env'))).toEqual([])
    expect(changes).toEqual(expect.arrayContaining([' M schema.graphql', ' M src/schema.ts', '?? src/music/']))
  })

  it('answers a nested query for admin, and refuses strangers', async () => {
    await using running = await start()
    const viewers = z.object({ viewers: z.array(z.object({ name: z.string(), token: z.string() })) })
    const told = await fetch(running.url.replace('/graphql', '/demo-viewers'))
    const tokens = viewers.parse({ viewers: await told.json() }).viewers
    expect(tokens.map(({ name }) => name)).toEqual(['admin', 'staff'])
    const [admin, staff] = tokens.map(({ token }) => token)

    const albums = [
      { node: { title: 'For Those About To Rock We Salute You' } },
      { node: { title: 'Let There Be Rock' } },
    ]
    const rows = { artists: { edges: [{ node: { name: 'AC/DC', albums: { edges: albums } } }] } }
    expect((await running.ask(nested, admin)).data).toEqual(rows)
    expect((await running.ask(nested, (await clone.npm('token', 'admin')).trim())).data).toEqual(rows)
    expect(codesOf(await running.ask(nested))).toEqual(['UNAUTHENTICATED'])
    expect(codesOf(await running.ask(nested, staff))).toEqual(['FORBIDDEN'])
  }, 120_000)

  it('passes npm run check', async () => {
    const output = await clone.npm('check')
    expect(output).toContain('schema.graphql is compatible with the released schema; 0 changes harm nobody.')
    expect(output).toContain('Models, captures and migrations agree.')
  }, 600_000)

  it('has the platform’s tables after npm run migrate, and no other; then mutations work', async () => {
    expect(await clone.npm('migrate')).toContain('Applied 20261122000000_door_opens')
    const schemas = await database.with(async (client) => {
      const { rows } = await client.query(
        "select nspname as name from pg_namespace where nspname !~ '^(pg_|information)'",
      )
      return z.array(z.object({ name: z.string() })).parse(rows)
    })
    expect(schemas.map(({ name }) => name).sort()).toEqual(['jobs', 'platform', 'public'])
    await using running = await start()
    await running.server.says(/(is open)/)
    const token = (await clone.npm('token', 'admin')).trim()
    const input = `{ name: "reports", scopes: ["artists:read"], expiresAt: "${new Date(Date.now() + 3_600_000).toISOString()}" }`
    const made = await running.ask(
      `mutation { apiKeyCreate(input: ${input}) { apiKey { name } userErrors { code } } }`,
      token,
    )
    expect(made.data).toEqual({ apiKeyCreate: { apiKey: { name: 'reports' }, userErrors: [] } })
  }, 120_000)

  it('has the server role granted what the domain says', async () => {
    const { role } = inject('server')
    await clone.npm('migrate', '--grant', role.name)
    const rights = await database.with(async (client) => {
      const { rows } = await client.query(
        `select has_table_privilege($1, 'public.artist', 'select') as "reads",
                has_table_privilege($1, 'public.artist', 'insert, update, delete') as "writes",
                has_table_privilege($1, 'platform.pf_api_key', 'insert') as "makesKeys"`,
        [role.name],
      )
      return rows[0]
    })
    expect(rights).toEqual({ reads: true, writes: false, makesKeys: true })
  }, 60_000)
})
