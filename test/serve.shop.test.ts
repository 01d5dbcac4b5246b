import { randomUUID } from 'node:crypto'
import { EventEmitter, once } from 'node:events'
import { existsSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { demoViewers } from '../prisma/demo/viewers.ts'
import { ConfigError, parseConfig } from '../src/platform/config/config.ts'
import { openEmbeddedDatabase } from '../src/platform/database/embedded.ts'
import { powersAt } from '../src/platform/database/role-powers.ts'
import { withClient } from '../src/platform/database/with-client.ts'
import { redactRequestInput } from '../src/platform/execution/request-scope.ts'
import { createLog } from '../src/platform/observability/log.ts'
import { serve } from '../src/serve.ts'
import { call } from './platform/support/call.ts'
import { reasonToSkip } from './platform/support/embedded.ts'
import { production } from './platform/support/production.ts'
import { createEnvironment } from './support/environment.ts'
import { fastFolder } from './support/fast-folder.ts'
import { ServerProcess } from './support/server-process.ts'

/** The complete output of a server in this process, from its start until it stops after `look`. */
async function saidBy(env: Record<string, string>, look = async (_url: string) => {}): Promise<string> {
  const config = parseConfig(env)
  const heard = new EventEmitter()
  let said = ''
  const print = (text: string) => {
    said += text
    const [url] = /http:\/\/127\.0\.0\.1:\d+/.exec(text) ?? []
    if (url !== undefined) heard.emit('open', url)
  }
  const log = new Writable({
    write: (chunk, _encoding, done) => {
      print(String(chunk))
      done()
    },
  })
  const reasonToStop = async () => {
    const [url] = await once(heard, 'open')
    await look(url)
    return 'looked at'
  }
  await serve(config, createLog(config, redactRequestInput, log), { print, reasonToStop })
  return said
}

describe('the process', () => {
  it('in production does not start without what it needs, and names all of it', async () => {
    await using server = new ServerProcess({ NODE_ENV: 'production', CURSOR_SECRET: 'too short' })
    expect(await server.ended).toBe(1)
    expect(server.output.trim().split('\n')).toEqual([
      'The environment has 5 error(s):',
      expect.stringMatching(/^ {2}- CURSOR_SECRET: /),
      '  - DATABASE_URL: required in production',
      '  - AUTH_JWKS_URL: required in production',
      '  - AUTH_ISSUER: required in production',
      '  - AUTH_AUDIENCE: required in production',
    ])
    expect(server.output).not.toContain('too short')
  })

  it('says where its database and its metrics are, serves, and on SIGTERM stops with the status 0', async () => {
    await using environment = await createEnvironment('empty')
    await using server = await ServerProcess.open({ ...environment.env, METRICS_PORT: '0' })
    const { url } = server
    expect((await call(url, { method: 'GET', path: '/readyz' })).text).toBe('{"status":"ok"}')
    const metricsUrl = await server.says(/(http:\/\/127\.0\.0\.1:\d+)\/metrics/)
    const metrics = await call(metricsUrl, { method: 'GET', path: '/metrics' })
    expect([metrics.status, metrics.text]).toEqual([200, expect.stringContaining('frontdoor_denials_total 0')])
    expect(server.output).toContain(`${environment.name} at `)
    expect(server.output).toContain('The demo data is not in it: npm run seed')
    expect(server.output).not.toContain('curl')

    expect(await server.end('SIGTERM')).toBe(0)
    expect(server.output).toContain('SIGTERM: finishing what is in flight')
    await expect(call(url, { method: 'GET', path: '/readyz' })).rejects.toThrow('ECONNREFUSED')
  })
})

describe('the server', () => {
  it('says which port is taken, before it makes a database', async () => {
    await using other = createServer().listen(0, '127.0.0.1')
    await once(other, 'listening')
    const address = other.address()
    const port = typeof address === 'object' ? address?.port : undefined
    const dataDir = join(tmpdir(), `frontdoor-start-${randomUUID()}`)
    const said = saidBy({ DATA_DIR: dataDir, PORT: String(port) })
    await expect(said).rejects.toThrow(ConfigError)
    await expect(said).rejects.toThrow(
      `Port ${port} on 127.0.0.1 is taken by another process; stop that one, or set PORT`,
    )
    expect(existsSync(dataDir)).toBe(false)
  })

  it('on a database without migrations says so first, and what to do', async () => {
    await using environment = await createEnvironment('empty')
    await withClient(environment.ownerUrl, (client) =>
      client.query('update public._prisma_migrations set rolled_back_at = now()'),
    )
    const said = await saidBy(environment.env)
    expect(said).toMatch(/Frontdoor \S+ listens, and cannot serve yet: migrations are missing: npm run migrate\n/)
    expect(said).not.toContain('is open')
    expect(said).not.toContain('curl')
  })

  it('on a database that does not let it in says what PostgreSQL says, and no password', async () => {
    await using environment = await createEnvironment('empty')
    const nowhere = new URL(environment.url)
    nowhere.pathname = '/nowhere'
    nowhere.password = 'c4n4ry'
    const said = await saidBy({ ...environment.env, DATABASE_URL: nowhere.href }, async (url) => {
      const { status, text } = await call(url, { method: 'GET', path: '/readyz' })
      expect([status, text]).toEqual([503, expect.not.stringContaining('nowhere')])
    })
    expect(said).toContain('cannot serve yet: the database does not answer (database "nowhere" does not exist)')
    expect(said).toMatch(/Database +nowhere at /)
    expect(said).not.toContain('c4n4ry')
  })

  it('offers the demo viewers where their data is', async () => {
    await using environment = await createEnvironment('demo')
    const said = await saidBy(environment.env)
    expect(said.match(/curl/g)).toHaveLength(demoViewers.length)
    expect(said).toMatch(/Shop +(http:\/\/127\.0\.0\.1:\d+\/shop\/|not built yet: npm run storefront)\n/)
  })

  it('in production warns of a database role that can do more than it must, and of no other', async () => {
    await using environment = await createEnvironment('empty')
    const env = { ...production, PORT: '0' }
    const [warning = ''] =
      (await saidBy({ ...env, DATABASE_URL: environment.ownerUrl })).match(/.*MIGRATE_DATABASE_URL.*/) ?? []
    expect(JSON.parse(warning)).toMatchObject(await powersAt(environment.ownerUrl))
    expect(JSON.parse(warning).powers).toContain('owns tables')

    const said = await saidBy({ ...env, DATABASE_URL: environment.url })
    expect(said).toContain('listening')
    expect(said).toContain('"stopped"')
    expect(said).not.toContain('MIGRATE_DATABASE_URL')
  })
})

const reason = reasonToSkip()
if (reason) console.warn(`a part of test/serve.shop.test.ts is skipped: ${reason}`)

describe.skipIf(reason)('the server on the embedded database', () => {
  it('serves as a role that owns nothing, whose rights it gives itself as the owner', async () => {
    const dataDir = await fastFolder('frontdoor-start-')
    // The server joins this one and takes it over: a PostgreSQL of its own would be a slow one that can be trusted.
    const joined = await openEmbeddedDatabase({ dataDir, throwaway: true })
    try {
      const said = await saidBy({ DATA_DIR: dataDir, PORT: '0' }, async (url) => {
        expect((await call(url, { method: 'GET', path: '/readyz' })).text).toBe('{"status":"ok"}')
        const users = await withClient(joined.ownerUrl, async (client) => {
          return client.query("select distinct usename from pg_stat_activity where application_name = 'frontdoor'")
        })
        expect(users.rows).toEqual([{ usename: 'frontdoor_server' }])
        expect(await powersAt(joined.url)).toEqual({ role: 'frontdoor_server', powers: [] })
        expect((await powersAt(joined.ownerUrl)).powers).toContain('owns tables')
      })
      expect(said).toContain('is open')
    } finally {
      await joined.stop()
      await rm(dataDir, { recursive: true, force: true })
    }
  })
})
