import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Canary } from '../support/canary.ts'

const root = join(import.meta.dirname, '../..')

/** The server as a process of its own, so that it can be killed as an operator's machine would kill it. */
export class ServerProcess {
  readonly url: string
  readonly #env: NodeJS.ProcessEnv
  readonly #canary: Canary
  #child: ChildProcess | undefined

  constructor(port: number, env: Record<string, string>, canary: Canary) {
    this.#canary = canary
    this.url = `http://127.0.0.1:${port}`
    // It is asked much in a short time, and not for the limits' sake.
    const generous = { RATE_LIMIT_CAPACITY: '1000000000', RATE_LIMIT_ANONYMOUS_CAPACITY: '1000000000' }
    this.#env = {
      ...process.env,
      ...generous,
      ...env,
      NODE_ENV: 'development',
      PORT: String(port),
      LOG_LEVEL: 'warn',
      LOG_FORMAT: 'json',
    }
  }

  /** Resolves when it says that it is open. */
  async start(): Promise<void> {
    const child = spawn(process.execPath, ['--import', './scripts/require-node.js', 'src/main.ts'], {
      cwd: root,
      env: this.#env,
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    this.#child = child
    const lines: string[] = []
    const opened = new Promise<boolean>((done) => {
      createInterface(child.stdout)
        .on('line', (line) => {
          this.#canary.sees('a line of the log', line)
          if (line.includes('is open')) done(true)
          lines.push(line)
        })
        .on('close', () => done(false))
    })
    if (!(await opened)) throw new Error(`the server did not open: ${lines.join('\n')}`)
  }

  /** No goodbye: what is in flight is lost where it stands. */
  async kill(): Promise<void> {
    const child = this.#child
    if (!child || child.exitCode !== null || child.signalCode !== null) return
    const gone = once(child, 'exit')
    child.kill('SIGKILL')
    await gone
  }
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  if (typeof address !== 'object' || address === null) throw new Error('no port')
  return address.port
}
