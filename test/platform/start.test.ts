import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { demoViewers } from '../../prisma/demo/viewers.ts'
import { openEmbeddedDatabase } from '../../src/platform/database/embedded.ts'
import { powersAt } from '../../src/platform/database/role-powers.ts'
import { withClient } from '../../src/platform/database/with-client.ts'
import { fastFolder } from '../support/fast-folder.ts'
import { createWorld, type World } from '../support/world.ts'
import { call } from './support/call.ts'
import { reasonToSkip } from './support/embedded.ts'

const preload = join(import.meta.dirname, '../../scripts/require-node.js')
const main = join(import.meta.dirname, '../../src/main.ts')

/** The server as it is started in production: a process, with this environment and no other. */
class Process implements AsyncDisposable {
  output = ''
  readonly exited: Promise<number | null>
  readonly #child: ReturnType<typeof spawn>

  constructor(env: Record<string, string>) {
    this.#child = spawn(process.execPath, ['--import', preload, main], { env: { PATH: process.env.PATH, ...env } })
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.on('data', (chunk: Buffer) => {
        this.output += chunk.toString()
      })
    }
    this.exited = new Promise((done) => this.#child.on('close', done))
  }

  /** What it says, once it says this. */
  async says(pattern: RegExp): Promise<string> {
    let over = false
    const exited = this.exited.then(() => {
      over = true
    })
    for (;;) {
      const [, found] = pattern.exec(this.output) ?? []
      if (found !== undefined) return found
      if (over) throw new Error(`the process ended: ${this.output}`)
      await Promise.race([exited, new Promise((done) => this.#child.stdout?.once('data', done))])
    }
  }

  signal(name: NodeJS.Signals): void {
    this.#child.kill(name)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.signal('SIGKILL')
    await this.exited
  }
}

/** On the database of this world, at a port of its own. */
const envOf = ({ serverDatabaseUrl, config }: World) => {
  return { DATABASE_URL: serverDatabaseUrl, DATA_DIR: config.dataDir, PORT: '0' }
}

describe('the process', () => {
  it('in production does not start without what it needs, and names all of it', async () => {
    await using server = new Process({ NODE_ENV: 'production', PORT: '0', CURSOR_SECRET: 'too short' })
    expect(await server.exited).toBe(1)
    expect(server.output.trim().split('\n')).toEqual([
      'The environment has 5 fault(s):',
      expect.stringMatching(/^ {2}- CURSOR_SECRET: /),
      '  - DATABASE_URL: required in production',
      '  - AUTH_JWKS_URL: required in production',
      '  - AUTH_ISSUER: required in production',
      '  - AUTH_AUDIENCE: required in production',
    ])
    expect(server.output).not.toContain('too short')
  })

  it('says which port is taken, before it makes a database', async () => {
    await using world = await createWorld({ data: 'empty' })
    const { port } = new URL(world.url)
    const dataDir = join(world.config.dataDir, 'not-there-yet')
    await using server = new Process({ DATA_DIR: dataDir, PORT: port })
    expect(await server.exited).toBe(1)
    expect(server.output).toContain(`Port ${port} on 127.0.0.1 is taken by another process; stop that one, or set PORT`)
    expect(server.output).not.toContain('    at ')
    expect(existsSync(dataDir)).toBe(false)
  })

  it('on a database without migrations says so first, and what to do', async () => {
    await using world = await createWorld({ data: 'empty' })
    await world.client.$executeRawUnsafe('update _prisma_migrations set rolled_back_at = now()')
    await using server = new Process(envOf(world))
    await server.says(/(Ctrl-C)/)
    expect(server.output).toMatch(
      /Frontdoor \S+ listens, and cannot serve yet: migrations are missing: npm run migrate\n/,
    )
    expect(server.output).not.toContain('is open')
    expect(server.output).not.toContain('curl')
  })

  it('on a database that does not let it in says what PostgreSQL says, and no password', async () => {
    await using world = await createWorld({ data: 'empty' })
    const nowhere = new URL(world.serverDatabaseUrl)
    nowhere.pathname = '/nowhere'
    nowhere.password = 'c4n4ry'
    await using server = new Process({ ...envOf(world), DATABASE_URL: nowhere.href })
    const url = await server.says(/(http:\/\/127\.0\.0\.1:\d+)\/readyz/)
    await server.says(/(Ctrl-C)/)
    expect(server.output).toContain(
      'cannot serve yet: the database does not answer (database "nowhere" does not exist)',
    )
    expect(server.output).toMatch(/Database +nowhere at /)
    expect(server.output).not.toContain('c4n4ry')
    expect((await call(url, { method: 'GET', path: '/readyz' })).text).not.toContain('nowhere')
  })

  it('offers the demo viewers where their data is', async () => {
    await using world = await createWorld()
    await using server = new Process(envOf(world))
    await server.says(/(Ctrl-C)/)
    expect(server.output.match(/curl/g)).toHaveLength(demoViewers.length)
    expect(server.output).toMatch(/Shop +(http:\/\/127\.0\.0\.1:\d+\/shop\/|not built yet: npm run storefront)\n/)
  })

  it('says where its database and its metrics are, serves, and on SIGTERM stops with the status 0', async () => {
    await using world = await createWorld({ data: 'empty' })
    await using server = new Process({ ...envOf(world), METRICS_PORT: '0' })
    await server.says(/(Ctrl-C)/)
    const url = await server.says(/(http:\/\/127\.0\.0\.1:\d+)\/readyz/)
    expect((await call(url, { method: 'GET', path: '/readyz' })).text).toBe('{"status":"ok"}')
    const metricsUrl = await server.says(/(http:\/\/127\.0\.0\.1:\d+)\/metrics/)
    const metrics = await call(metricsUrl, { method: 'GET', path: '/metrics' })
    expect([metrics.status, metrics.text]).toEqual([200, expect.stringContaining('frontdoor_denials_total 0')])
    expect(server.output).toContain(`${new URL(world.serverDatabaseUrl).pathname.slice(1)} at `)
    expect(server.output).toContain('The demo data is not in it: npm run seed')
    expect(server.output).not.toContain('curl')

    server.signal('SIGTERM')
    expect(await server.exited).toBe(0)
    expect(server.output).toContain('SIGTERM: finishing what is in flight')
    await expect(call(url, { method: 'GET', path: '/readyz' })).rejects.toThrow('ECONNREFUSED')
  })

  it('in production warns of a database role that can do more than it must, and of no other', async () => {
    await using world = await createWorld({ data: 'empty' })
    const env = {
      ...{ NODE_ENV: 'production', HOST: '127.0.0.1', PORT: '0', CURSOR_SECRET: 'x'.repeat(32) },
      ...{ AUTH_JWKS_URL: 'http://127.0.0.1:9/jwks', AUTH_ISSUER: 'i', AUTH_AUDIENCE: 'a' },
    }
    await using careless = new Process({ ...env, DATABASE_URL: world.databaseUrl })
    const warning = await careless.says(/(\{[^\n]*MIGRATE_DATABASE_URL[^\n]*)\n/)
    expect(JSON.parse(warning)).toMatchObject(await powersAt(world.databaseUrl))
    expect(JSON.parse(warning).powers).toContain('owns tables')

    await using careful = new Process({ ...env, DATABASE_URL: world.serverDatabaseUrl })
    await careful.says(/(listening)/)
    careful.signal('SIGTERM')
    expect(await careful.exited).toBe(0)
    expect(careful.output).not.toContain('MIGRATE_DATABASE_URL')
  })
})

const reason = reasonToSkip()
if (reason) console.warn(`a part of test/platform/start.test.ts is skipped: ${reason}`)

describe.skipIf(reason)('the process on the embedded database', () => {
  it('serves as a role that owns nothing, whose rights it gives itself as the owner', async () => {
    const dataDir = await fastFolder('frontdoor-start-')
    // The process joins this one and takes it over: a PostgreSQL of its own would be a slow one that can be trusted.
    const joined = await openEmbeddedDatabase({ dataDir, throwaway: true })
    try {
      await using server = new Process({ DATA_DIR: dataDir, PORT: '0' })
      const url = await server.says(/(http:\/\/127\.0\.0\.1:\d+)\/readyz/)
      expect((await call(url, { method: 'GET', path: '/readyz' })).text).toBe('{"status":"ok"}')

      const users = await withClient(joined.ownerUrl, async (client) => {
        return client.query("select distinct usename from pg_stat_activity where application_name = 'frontdoor'")
      })
      expect(users.rows).toEqual([{ usename: 'frontdoor_server' }])
      expect(await powersAt(joined.url)).toEqual({ role: 'frontdoor_server', powers: [] })
      expect((await powersAt(joined.ownerUrl)).powers).toContain('owns tables')
      server.signal('SIGTERM')
      expect(await server.exited).toBe(0)
    } finally {
      await joined.stop()
      await rm(dataDir, { recursive: true, force: true })
    }
  })
})
