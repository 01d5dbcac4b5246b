import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { openSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { request } from 'undici'
import { z } from 'zod'
import { dataFolder } from './database.ts'

export interface Usage {
  cpuMicros: number
  rssBytes: number
}

export interface Entry {
  /** The file to run, relative to the root of the repository. */
  file: string
  env: Record<string, string>
  /** The root of another checkout. */
  root?: string
}

const usage = z.object({ cpuMicros: z.number(), rssBytes: z.number() })
const written = z.object({ path: z.string() })
const startBoundMs = 30_000
const ownRoot = join(import.meta.dirname, '..')

/** A contender's server in a process of its own, on the same Node as this one. */
export class ContenderProcess {
  readonly url: string
  readonly #child: ChildProcess
  readonly #name: string

  private constructor(name: string, child: ChildProcess, url: string) {
    this.#name = name
    this.#child = child
    this.url = url
  }

  static async start(name: string, { file, env, root = ownRoot }: Entry): Promise<ContenderProcess> {
    const port = await freePort()
    const errors = join(dataFolder, `${name}.log`)
    const child = spawn(
      process.execPath,
      ['--import', join(import.meta.dirname, 'preload.ts'), '--import', './scripts/require-node.js', file],
      {
        cwd: root,
        // Logs are written as in production, and discarded.
        stdio: ['ignore', openSync('/dev/null', 'w'), openSync(errors, 'w'), 'ipc'],
        env: {
          PATH: process.env.PATH,
          NODE_ENV: 'production',
          HOST: '127.0.0.1',
          PORT: String(port),
          BENCH_PROFILE: join(dataFolder, `${name}.cpuprofile`),
          ...env,
        },
      },
    )
    const contender = new ContenderProcess(name, child, `http://127.0.0.1:${port}`)
    await contender.#untilReady(errors)
    return contender
  }

  async usage(): Promise<Usage> {
    return usage.parse(await this.#ask('usage'))
  }

  async startProfile(): Promise<void> {
    await this.#ask('start profile')
  }

  /** The path of the CPU profile. */
  async stopProfile(): Promise<string> {
    return written.parse(await this.#ask('stop profile')).path
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return
    const exited = once(this.#child, 'exit')
    this.#child.kill('SIGTERM')
    if (await Promise.race([exited, delay(5000, undefined, { ref: false })])) return
    this.#child.kill('SIGKILL')
    await exited
  }

  async #ask(question: string): Promise<unknown> {
    if (!this.#child.connected) throw new Error(`${this.#name} has ended; see bench/.data/${this.#name}.log.`)
    const reply = once(this.#child, 'message')
    this.#child.send(question)
    const [message] = await reply
    return message
  }

  async #untilReady(errors: string): Promise<void> {
    const deadline = Date.now() + startBoundMs
    while (Date.now() < deadline && this.#child.exitCode === null) {
      const status = await request(`${this.url}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ query: 'query Typename { __typename }', operationName: 'Typename' }),
      }).then(
        async ({ statusCode, body }) => {
          await body.dump()
          return statusCode
        },
        () => 0,
      )
      if (status === 200) return
      await delay(50)
    }
    await this.stop()
    throw new Error(`${this.#name} did not start; what it said is in ${errors}.`)
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (address === null || typeof address === 'string') throw new Error('This machine gave no port.')
  return address.port
}
