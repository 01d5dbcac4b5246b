import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { freePort } from './free-port.ts'

export const hasHaproxy = spawnSync('haproxy', ['-v']).status === 0

/** HAProxy in front of servers on this machine, with checks of `/readyz` every half second. */
export class Haproxy implements AsyncDisposable {
  readonly url: string
  readonly #folder: string
  readonly #child: ChildProcess

  private constructor(port: number, folder: string, child: ChildProcess) {
    this.url = `http://127.0.0.1:${port}`
    this.#folder = folder
    this.#child = child
  }

  static async before(ports: readonly number[]): Promise<Haproxy> {
    const folder = await mkdtemp(join(tmpdir(), 'frontdoor-haproxy-'))
    const port = await freePort()
    const file = join(folder, 'haproxy.cfg')
    await writeFile(file, configuration(port, ports, join(folder, 'socket')))
    const child = spawn('haproxy', ['-db', '-f', file], { stdio: ['ignore', 'inherit', 'inherit'] })
    const balancer = new Haproxy(port, folder, child)
    for (const server of ports) await balancer.untilServer(server, 'UP')
    return balancer
  }

  /** Resolves once the balancer has this server in this state: `UP`, `DOWN`. */
  async untilServer(port: number, state: string): Promise<void> {
    while ((await this.#stateOf(port)) !== state) await new Promise((resolve) => setTimeout(resolve, 20))
  }

  /** Undefined where HAProxy does not answer yet. */
  async #stateOf(port: number): Promise<string | undefined> {
    try {
      const socket = connect(join(this.#folder, 'socket'))
      socket.end('show stat\n')
      const lines = (await text(socket)).split('\n').map((line) => line.split(','))
      const [, , , ...others] = lines[0] ?? []
      const at = others.indexOf('status') + 3
      return lines.find(([, name]) => name === `s${port}`)?.[at]?.split(' ')[0]
    } catch {
      return undefined
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const ended = once(this.#child, 'exit')
    this.#child.kill('SIGKILL')
    await ended
    await rm(this.#folder, { recursive: true, force: true })
  }
}

function configuration(port: number, servers: readonly number[], socket: string): string {
  return `global
  stats socket ${socket} level operator
defaults
  mode http
  timeout connect 2s
  timeout client 30s
  timeout server 30s
  # A busy server answers late. One that drains says so, and to one that is gone there is no connection.
  timeout check 2s
  # A request is sent again only where no byte of it reached a server.
  retries 3
  option redispatch
frontend door
  bind 127.0.0.1:${port}
  default_backend servers
backend servers
  balance roundrobin
  option httpchk GET /readyz
  default-server check inter 500ms fall 2 rise 1
${servers.map((server) => `  server s${server} 127.0.0.1:${server}`).join('\n')}
`
}
