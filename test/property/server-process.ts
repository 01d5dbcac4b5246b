import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { join } from 'node:path'

const root = join(import.meta.dirname, '../..')

/** The server as a process of its own, so that it can be killed as an operator's machine would kill it. */
export class ServerProcess {
  readonly url: string
  readonly #env: NodeJS.ProcessEnv
  #child: ChildProcess | undefined

  constructor(port: number, env: Record<string, string>) {
    this.url = `http://127.0.0.1:${port}`
    // It is asked much in a short time, and not for the limits' sake.
    const generous = { RATE_LIMIT_CAPACITY: '1000000000', RATE_LIMIT_ANONYMOUS_CAPACITY: '1000000000' }
    this.#env = { ...process.env, ...generous, ...env, NODE_ENV: 'development', PORT: String(port), LOG_LEVEL: 'fatal' }
  }

  /** Resolves when it says that it is open. */
  async start(): Promise<void> {
    const child = spawn(process.execPath, ['--import', './scripts/require-node.js', 'src/main.ts'], {
      cwd: root,
      env: this.#env,
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    this.#child = child
    let said = ''
    for await (const chunk of child.stdout) {
      said += String(chunk)
      if (said.includes('is open')) break
    }
    if (!said.includes('is open')) throw new Error(`the server did not open: ${said}`)
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
