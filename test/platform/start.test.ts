import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { createWorld } from '../support/world.ts'
import { call } from './support/call.ts'

const main = join(import.meta.dirname, '../../src/main.ts')

/** The server as it is started in production: a process, with this environment and no other. */
class Process implements AsyncDisposable {
  output = ''
  readonly exited: Promise<number | null>
  readonly #child: ReturnType<typeof spawn>

  constructor(env: Record<string, string>) {
    this.#child = spawn(process.execPath, [main], { env: { PATH: process.env.PATH, ...env } })
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

  it('says which port is taken', async () => {
    await using world = await createWorld({ data: 'empty' })
    const { port } = new URL(world.url)
    const env = { DATABASE_URL: world.serverDatabaseUrl, DATA_DIR: world.config.dataDir, PORT: port }
    await using server = new Process(env)
    expect(await server.exited).toBe(1)
    expect(server.output).toContain(`Port ${port} on 127.0.0.1 is taken by another process; stop that one, or set PORT`)
    expect(server.output).not.toContain('    at ')
  })

  it('serves, and on SIGTERM stops with the status 0', async () => {
    await using world = await createWorld({ data: 'empty' })
    await using server = new Process({
      DATABASE_URL: world.serverDatabaseUrl,
      DATA_DIR: world.config.dataDir,
      PORT: '0',
    })
    const url = await server.says(/(http:\/\/127\.0\.0\.1:\d+)\/readyz/)
    expect((await call(url, { method: 'GET', path: '/readyz' })).text).toBe('{"status":"ok"}')
    server.signal('SIGTERM')
    expect(await server.exited).toBe(0)
    expect(server.output).toContain('SIGTERM: finishing what is in flight')
    await expect(call(url, { method: 'GET', path: '/readyz' })).rejects.toThrow('ECONNREFUSED')
  })
})
