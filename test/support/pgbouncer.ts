import { type ChildProcess, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { spawnUnprivileged } from '../../src/platform/database/embedded-files.ts'
import { freePort } from './free-port.ts'

/** A newer one than Debian's can be named, to test both. */
const program = process.env.PGBOUNCER ?? 'pgbouncer'
const version = /PgBouncer (\d+)\.(\d+)/.exec(spawnSync(program, ['--version'], { encoding: 'utf8' }).stdout ?? '')

export const hasPgbouncer = version !== null
/** Whether it can keep prepared statements: from 1.21 on. */
export const keepsStatements = version !== null && Number(version[1]) * 1000 + Number(version[2]) >= 1021

interface PgbouncerOptions {
  /** In its own words: `{ pool_mode: 'session' }`. */
  settings?: Record<string, string>
}

/** PgBouncer in transaction mode in front of one database, for its own roles. */
export class Pgbouncer implements AsyncDisposable {
  /** The database through it, as the role of the URL that it was made for. */
  readonly url: string
  readonly #folder: string
  readonly #child: ChildProcess

  private constructor(url: string, folder: string, child: ChildProcess) {
    this.url = url
    this.#folder = folder
    this.#child = child
  }

  static async before(databaseUrl: string, { settings = {} }: PgbouncerOptions = {}): Promise<Pgbouncer> {
    const folder = await mkdtemp(join(tmpdir(), 'frontdoor-pgbouncer-'))
    const port = await freePort()
    const { username, password, hostname, port: serverPort, pathname, searchParams } = new URL(databaseUrl)
    const host = searchParams.get('host') ?? hostname
    const users = join(folder, 'users.txt')
    await writeFile(users, `"${decodeURIComponent(username)}" "${decodeURIComponent(password)}"\n`)
    const all = {
      listen_addr: '127.0.0.1',
      listen_port: String(port),
      unix_socket_dir: '',
      auth_type: 'trust',
      auth_file: users,
      pool_mode: 'transaction',
      default_pool_size: '4',
      max_client_conn: '200',
      ...settings,
    }
    const lines = Object.entries(all).map(([name, value]) => `${name} = ${value}`)
    const database = `${pathname.slice(1)} = host=${host} port=${serverPort || '5432'}`
    const file = join(folder, 'pgbouncer.ini')
    await writeFile(file, ['[databases]', database, '[pgbouncer]', ...lines].join('\n'))
    const child = spawnUnprivileged(program, ['-q', file])
    child.stderr?.resume()
    const url = new URL(databaseUrl)
    url.search = ''
    url.hostname = '127.0.0.1'
    url.port = String(port)
    while (!(await accepts(port))) await new Promise((resolve) => setTimeout(resolve, 20))
    return new Pgbouncer(url.href, folder, child)
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return
    const ended = once(this.#child, 'exit')
    this.#child.kill('SIGKILL')
    await ended
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
    await rm(this.#folder, { recursive: true, force: true })
  }
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false))
    socket.once('connect', () => socket.destroy())
  })
}
