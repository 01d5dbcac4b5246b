import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import pg from 'pg'
import { z } from 'zod'
import { type EmbeddedDatabase, openEmbeddedDatabase } from '../../../src/platform/database/embedded.ts'
import { loadBinaries, spawnUnprivileged } from '../../../src/platform/database/embedded-files.ts'
import { withClient } from '../../../src/platform/database/with-client.ts'
import { prepareServer } from '../../support/database-server.ts'
import { fastFolder } from '../../support/fast-folder.ts'

const backupLabel = z.tuple([z.object({ label: z.string() })])
const startBoundMs = 30_000
/** What a backup leaves out: https://www.postgresql.org/docs/current/continuous-archiving.html#BACKUP-LOWLEVEL-BASE-BACKUP-DATA */
const leftOut = /\/(pg_wal\/.+|postmaster\.pid|postmaster\.opts|pg_replslot\/.+)$/

/** A primary of its own, whose databases tests clone, and streaming replicas of it. */
export class StreamingCluster implements AsyncDisposable {
  readonly server: Awaited<ReturnType<typeof prepareServer>>['server']
  readonly #folder: string
  readonly #embedded: EmbeddedDatabase
  readonly #standbys: Standby[] = []

  private constructor(folder: string, embedded: EmbeddedDatabase, server: StreamingCluster['server']) {
    this.#folder = folder
    this.#embedded = embedded
    this.server = server
  }

  /** It commits as in production: a transaction is in the log, and on its way, when its commit returns. */
  static async open(): Promise<StreamingCluster> {
    const folder = await fastFolder('frontdoor-primary-')
    const embedded = await openEmbeddedDatabase({ dataDir: folder })
    // Each backup begins with a checkpoint, which removes the log that a replica may still have to read.
    await withClient(embedded.ownerUrl, async (client) => {
      await client.query(`alter system set wal_keep_size = '1GB'`)
      await client.query('select pg_reload_conf()')
    })
    const { server } = await prepareServer(embedded.ownerUrl)
    return new StreamingCluster(folder, embedded, server)
  }

  /** A new replica, which has replayed everything. */
  async addStandby(): Promise<Standby> {
    const standby = await Standby.of(join(this.#folder, 'postgres'), this.#embedded.ownerUrl)
    this.#standbys.push(standby)
    await standby.caughtUp()
    return standby
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const standby of this.#standbys) await standby.remove()
    await this.#embedded.stop()
    await rm(this.#folder, { recursive: true, force: true })
  }
}

/**
 * A streaming replica, made of a copy of the primary's files as in a low-level backup: the embedded PostgreSQL comes
 * without pg_basebackup.
 */
export class Standby {
  readonly #files: string
  readonly #sockets: string
  #primaryUrl: string
  #child: ChildProcess | undefined
  #control: pg.Client | undefined
  #frozen: number[] = []

  private constructor(files: string, sockets: string, primaryUrl: string) {
    this.#files = files
    this.#sockets = sockets
    this.#primaryUrl = primaryUrl
  }

  static async of(primaryFiles: string, primaryUrl: string): Promise<Standby> {
    const files = join(await fastFolder('frontdoor-standby-'), 'postgres')
    const sockets = await mkdtemp(join(tmpdir(), 'frontdoor-standby-'))
    await withClient(primaryUrl, async (client) => {
      await client.query(`select pg_backup_start('standby', true)`)
      await cp(primaryFiles, files, {
        recursive: true,
        filter: (path) => !leftOut.test(path.slice(primaryFiles.length)),
      })
      const { rows } = await client.query('select labelfile as "label" from pg_backup_stop(false)')
      await writeFile(join(files, 'backup_label'), backupLabel.parse(rows)[0].label)
    })
    await mkdir(join(files, 'pg_wal'), { recursive: true, mode: 0o700 })
    await writeFile(join(files, 'standby.signal'), '')
    const standby = new Standby(files, sockets, primaryUrl)
    await standby.start()
    return standby
  }

  /** The URL of a database here, by that of the primary. */
  urlOf(primaryUrl: string): string {
    const url = new URL(primaryUrl)
    url.searchParams.set('host', this.#sockets)
    return url.href
  }

  async start(): Promise<void> {
    const { postgres } = await loadBinaries()
    const primary = new URL(this.#primaryUrl)
    const settings = {
      listen_addresses: '',
      unix_socket_directories: this.#sockets,
      unix_socket_permissions: '0700',
      max_connections: '200',
      fsync: 'off',
      primary_conninfo: `host=${primary.searchParams.get('host')} user=${primary.username}`,
      wal_retrieve_retry_interval: '100ms',
      max_standby_streaming_delay: '0',
    }
    const options = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])
    const child = spawnUnprivileged(postgres, ['-D', this.#files, ...options])
    this.#child = child
    let said = ''
    child.stderr?.on('data', (chunk: Buffer) => {
      said = (said + chunk.toString()).slice(-4000)
    })
    const until = performance.now() + startBoundMs
    for (;;) {
      this.#control = await connected(this.urlOf(this.#primaryUrl))
      if (this.#control) return
      if (child.exitCode !== null || performance.now() > until) throw new Error(`the standby did not start: ${said}`)
      await pause(20)
    }
  }

  async remove(): Promise<void> {
    await this.stop('SIGINT')
    await rm(join(this.#files, '..'), { recursive: true, force: true })
    await rm(this.#sockets, { recursive: true, force: true })
  }

  async stop(signal: 'SIGINT' | 'SIGQUIT'): Promise<void> {
    const child = this.#child
    this.#child = undefined
    await this.#control?.end().catch(() => {})
    if (!child || child.exitCode !== null) return
    const exited = once(child, 'exit')
    child.kill(signal)
    await exited
  }

  /** The server and its sessions keep their connections, accept none and answer nothing. */
  async freeze(): Promise<void> {
    const { rows } = await this.#controlled.query(
      `select pid from pg_stat_activity where application_name like 'frontdoor%'`,
    )
    this.#frozen = [...pids.parse(rows).map(({ pid }) => pid), this.#child?.pid ?? 0]
    for (const pid of this.#frozen) process.kill(pid, 'SIGSTOP')
  }

  thaw(): void {
    for (const pid of this.#frozen.splice(0)) process.kill(pid, 'SIGCONT')
  }

  /** From now on nothing that the primary writes becomes visible here. */
  async pauseReplay(): Promise<void> {
    await this.#run('select pg_wal_replay_pause()')
    while ((await this.#run(`select pg_get_wal_replay_pause_state() = 'paused' as "is"`)) !== true) await pause(1)
  }

  async resumeReplay(): Promise<void> {
    await this.#run('select pg_wal_replay_resume()')
  }

  async promote(): Promise<void> {
    await this.#run('select pg_promote(true)')
  }

  /** From now on it is a replica of this server. */
  async follow(primaryUrl: string): Promise<void> {
    await this.stop('SIGINT')
    this.#primaryUrl = primaryUrl
    await this.start()
  }

  /** A checkpoint; on a replica, a restart point. */
  async checkpoint(): Promise<void> {
    await this.#run('checkpoint')
  }

  /** Resolves once everything is visible here that the primary has committed. */
  async caughtUp(): Promise<void> {
    const lsn = await withClient(this.#primaryUrl, async (client) => {
      // A commit that has written something flushes the log, also what other transactions left in memory. The end of what it
      // wrote is that of a record, as the log is replayed; what is flushed may end within one.
      const { rows } = await client.query(`select pg_logical_emit_message(true, 'frontdoor', 'flush')::text as "is"`)
      return value.parse(rows)[0].is
    })
    while ((await this.#run(`select pg_last_wal_replay_lsn() >= '${lsn}' as "is"`)) !== true) await pause(2)
  }

  /** Resolves once a statement waits here for this event of PostgreSQL. */
  async waitsIn(event: string): Promise<void> {
    const waiting = `select count(*) > 0 as "is" from pg_stat_activity where wait_event = '${event}'`
    while ((await this.#run(waiting)) !== true) await pause(2)
  }

  async #run(sql: string): Promise<unknown> {
    const { rows } = await this.#controlled.query(sql)
    return value.safeParse(rows).data?.[0].is
  }

  get #controlled(): pg.Client {
    if (!this.#control) throw new Error('the standby does not run')
    return this.#control
  }
}

const pids = z.array(z.object({ pid: z.number() }))
const value = z.tuple([z.object({ is: z.unknown() })])

async function connected(url: string): Promise<pg.Client | undefined> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 1000 })
  client.on('error', () => {})
  try {
    await client.connect()
    return client
  } catch {
    return undefined
  }
}
