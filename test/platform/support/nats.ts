import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from '../../support/free-port.ts'

/** Debian puts it where only root looks. */
const program = ['nats-server', '/usr/sbin/nats-server'].find((name) => spawnSync(name, ['--version']).status === 0)

export const reasonToSkipNats =
  program === undefined ? 'there is no nats-server: apt-get install nats-server' : undefined

/** A nats-server of the test's own, with JetStream and a user. */
export class NatsServer implements AsyncDisposable {
  readonly url: string
  readonly #port: number
  readonly #folder: string
  #child: ChildProcess | undefined

  private constructor(port: number, folder: string) {
    this.#port = port
    this.#folder = folder
    this.url = `nats://door:s%3Acret@127.0.0.1:${port}`
  }

  static async start(): Promise<NatsServer> {
    const server = new NatsServer(await freePort(), await mkdtemp(join(tmpdir(), 'frontdoor-nats-')))
    await server.start()
    return server
  }

  /** On the same port and with the same data as before. */
  async start(): Promise<void> {
    const options = ['-js', '-sd', this.#folder, '-a', '127.0.0.1', '-p', String(this.#port)]
    const child = spawn(program ?? '', [...options, '--user', 'door', '--pass', 's:cret'], {
      stdio: ['ignore', 'inherit', 'pipe'],
    })
    this.#child = child
    let said = ''
    for await (const chunk of child.stderr) {
      said += String(chunk)
      if (said.includes('Server is ready')) break
    }
    if (!said.includes('Server is ready')) throw new Error(`nats-server did not start: ${said}`)
  }

  async kill(): Promise<void> {
    const child = this.#child
    if (!child || child.exitCode !== null || child.signalCode !== null) return
    const gone = once(child, 'exit')
    child.kill('SIGKILL')
    await gone
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill()
    await rm(this.#folder, { recursive: true, force: true })
  }
}
