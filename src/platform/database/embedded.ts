import type { ChildProcess } from 'node:child_process'
import { createWriteStream, existsSync } from 'node:fs'
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import pg from 'pg'
import { z } from 'zod'
import {
  EmbeddedDatabaseError,
  initialise,
  isAlive,
  loadBinaries,
  requireSameMajor,
  spawnUnprivileged,
  superuser,
} from './embedded-files.ts'
import type { DatabaseUrls } from './urls.ts'
import { withClient } from './with-client.ts'

/** A PostgreSQL that runs as a child process on files in the data folder. */
export interface EmbeddedDatabase extends DatabaseUrls {
  /** Stops the server, if this process started or owns it. */
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
/** The role the server connects with: it owns nothing and has only granted rights. */
const serverRole = 'frontdoor_server'
/** "FSET" in ASCII: of several processes that join a new server at once, one sets it up. */
const setUpLock = 0x46_53_45_54
/** "FDOR" in ASCII: the holder of this advisory lock owns the data folder. The lock ends with its connection. */
const ownerLock = 0x46_44_4f_52
const startBoundMs = 30_000
const stopBoundMs = 15_000
/** sun_path holds 104 bytes on macOS and 108 on Linux, and PostgreSQL appends `/.s.PGSQL.5432.lock`. */
const maxSocketDirLength = 80

/**
 * Starts the embedded PostgreSQL, or joins the one that already runs on these files: it outlives an owner that was
 * killed, and its owner lock is then free.
 */
export async function openEmbeddedDatabase(options: EmbeddedOptions): Promise<EmbeddedDatabase> {
  const cluster = resolve(options.dataDir, 'postgres')
  await mkdir(options.dataDir, { recursive: true, mode: 0o700 })
  const { maintenanceUrl, url, ownerUrl, joined, stop } = await joinOrStart(cluster, options)
  if (!options.exclusive) return { url, ownerUrl, stop: joined ? async () => {} : stop }

  const owner = await takeOwnership(maintenanceUrl, options.dataDir)
  return {
    url,
    ownerUrl,
    stop: async () => {
      await owner.end()
      await stop()
    },
  }
}

interface Server extends DatabaseUrls {
  maintenanceUrl: string
  stop(): Promise<void>
}

/**
 * Retries while the files are locked: children of a killed server hold them until they have finished, and another
 * process may be starting the server at this moment.
 */
async function joinOrStart(cluster: string, options: EmbeddedOptions): Promise<Server & { joined: boolean }> {
  const deadline = Date.now() + startBoundMs
  for (;;) {
    const running = await joinRunning(cluster)
    if (running) return { ...running, joined: true }
    try {
      return { ...(await start(cluster, options)), joined: false }
    } catch (error) {
      const held = error instanceof EmbeddedDatabaseError && heldWords.test(error.message)
      if (!held || Date.now() >= deadline) throw error
      await delay(200)
    }
  }
}

const heldWords = /pre-existing shared memory block|lock file "postmaster\.pid" already exists/

async function start(cluster: string, options: EmbeddedOptions): Promise<Server> {
  const binaries = await loadBinaries()
  if (!existsSync(join(cluster, 'PG_VERSION'))) {
    options.onProgress?.(`creating the embedded database in ${cluster}; this takes some seconds, once`)
    await initialise(binaries.initdb, cluster)
    options.onProgress?.('the embedded database is created; starting it')
  }
  await requireSameMajor(binaries.postgres, cluster)
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
      ? ['fsync', 'synchronous_commit', 'full_page_writes', 'autovacuum'].flatMap((name) => setting(name, 'off'))
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
  const silent = new Promise<void>((done) => child.once('close', () => done()))
  const urls = socketUrls(socketDir)
  const removeSocketDir = async () => {
    // Only a temporary folder: the next owner may already use the one beside the files.
    if (socketDir !== socketsBeside(cluster)) await rm(socketDir, { recursive: true, force: true })
  }
  await Promise.race([
    waitUntilAccepting(urls.maintenanceUrl),
    exited.then(async () => {
      // Its last output may come after its exit, and children that it left may keep the pipe open.
      await Promise.race([silent, delay(1000, undefined, { ref: false })])
      await removeSocketDir()
      throw new EmbeddedDatabaseError(`the embedded PostgreSQL did not start: ${lastWords.trim()}`)
    }),
  ])
  await setUp(urls.maintenanceUrl)
  child.unref()
  const stop = async () => {
    await stopChild(child, exited)
    await removeSocketDir()
  }
  return { ...urls, stop }
}

async function joinRunning(cluster: string): Promise<Server | undefined> {
  const postmaster = await readPostmaster(cluster)
  if (!postmaster || !isAlive(postmaster.pid)) return undefined
  const urls = socketUrls(postmaster.socketDir)
  // It may be starting, or stopping after its owner died. Either ends within the bound.
  const deadline = Date.now() + startBoundMs
  while (Date.now() < deadline) {
    if (!isAlive(postmaster.pid)) return undefined
    if (await accepts(urls.maintenanceUrl)) {
      await setUp(urls.maintenanceUrl)
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
  // The statements that need the server report its loss.
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

function setting(name: string, value: string): string[] {
  return ['-c', `${name}=${value}`]
}

function socketsBeside(cluster: string): string {
  return resolve(cluster, '..', 'socket')
}

async function socketDirectory(cluster: string): Promise<string> {
  const beside = socketsBeside(cluster)
  // A new folder: another user may have created one with a name that can be guessed.
  if (beside.length > maxSocketDirLength) return mkdtemp(join(tmpdir(), 'frontdoor-socket-'))
  await mkdir(beside, { recursive: true, mode: 0o700 })
  return beside
}

function socketUrls(socketDir: string): DatabaseUrls & { maintenanceUrl: string } {
  const to = (database: string, role: string) =>
    `postgresql://${role}@localhost/${database}?host=${encodeURIComponent(socketDir)}`
  return {
    url: to(databaseName, serverRole),
    ownerUrl: to(databaseName, superuser),
    maintenanceUrl: to('postgres', superuser),
  }
}

/** Lines of postmaster.pid: process id, data folder, start time, port, socket folder. */
async function readPostmaster(cluster: string): Promise<{ pid: number; socketDir: string } | undefined> {
  const text = await readFile(join(cluster, 'postmaster.pid'), 'utf8').catch(() => '')
  const lines = text.split('\n')
  const pid = Number(lines[0])
  const socketDir = lines[4]
  return Number.isInteger(pid) && pid > 0 && socketDir ? { pid, socketDir } : undefined
}

/** Creates the database and the server role where they are missing, as in folders of earlier versions. */
async function setUp(maintenanceUrl: string): Promise<void> {
  await withClient(maintenanceUrl, async (client) => {
    await client.query('select pg_advisory_lock($1)', [setUpLock])
    const { rows } = await client.query(
      `select exists (select from pg_database where datname = $1) as "database",
              exists (select from pg_roles where rolname = $2) as "role"`,
      [databaseName, serverRole],
    )
    const [found] = z.tuple([z.object({ database: z.boolean(), role: z.boolean() })]).parse(rows)
    if (!found.database) await client.query(`create database ${databaseName}`)
    if (!found.role) await client.query(`create role ${serverRole} login`)
  })
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
