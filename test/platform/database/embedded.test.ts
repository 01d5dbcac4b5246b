import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { cp, mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import pg from 'pg'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { type EmbeddedDatabase, openEmbeddedDatabase } from '../../../src/platform/database/embedded.ts'
import { EmbeddedDatabaseError } from '../../../src/platform/database/embedded-files.ts'
import { withClient } from '../../../src/platform/database/with-client.ts'
import { fastFolder } from '../../support/fast-folder.ts'
import { reasonToSkip } from '../support/embedded.ts'

const source = join(import.meta.dirname, '../../../src/platform/database/embedded.ts')
const reason = reasonToSkip()
if (reason) console.warn(`test/platform/database/embedded.test.ts is skipped: ${reason}`)

let dataDir: string
const opened: (() => Promise<void>)[] = []
async function stopAll(): Promise<void> {
  for (const stop of opened.splice(0).reverse()) await stop()
}
afterEach(stopAll)

async function open(options: { exclusive?: boolean; dataDir?: string; onProgress?: (message: string) => void } = {}) {
  const database = await openEmbeddedDatabase({ dataDir, throwaway: true, ...options })
  opened.push(() => database.stop())
  return database
}

async function ask(url: string, sql: string): Promise<unknown[]> {
  return withClient(url, async (client) => {
    const { rows } = await client.query({ text: sql, rowMode: 'array' })
    return z.array(z.array(z.unknown())).parse(rows).flat()
  })
}

const postmasterFile = () => join(dataDir, 'postgres/postmaster.pid')
const postmaster = async () => Number((await readFile(postmasterFile(), 'utf8')).split('\n')[0])

/** Another process that owns the data folder, has written to it, and stays. */
async function spawnOwner(): Promise<ChildProcess> {
  const script = `
    import pg from ${JSON.stringify(pathToFileURL(join(import.meta.dirname, '../../../node_modules/pg/esm/index.mjs')))}
    import { openEmbeddedDatabase } from ${JSON.stringify(pathToFileURL(source))}
    const { ownerUrl } = await openEmbeddedDatabase({ dataDir: ${JSON.stringify(dataDir)}, exclusive: true })
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

async function killHard(child: ChildProcess): Promise<void> {
  const exited = once(child, 'exit')
  child.kill('SIGKILL')
  await exited
}

describe.skipIf(reason)('the embedded database on an empty folder', () => {
  beforeEach(async () => {
    dataDir = await fastFolder('frontdoor-embedded-')
  })
  afterEach(async () => {
    // The outer hook runs after this one, and would stop a server whose files are gone.
    await stopAll()
    await rm(dataDir, { recursive: true, force: true })
  })

  it('is made once by two concurrent first starts, after any killed one: the second joins the first', async () => {
    const { pid } = spawnSync('true')
    for (const name of ['postgres.draft', `postgres.draft.${pid}.x`]) {
      await mkdir(join(dataDir, name, 'base'), { recursive: true })
      await writeFile(join(dataDir, name, 'PG_VERSION'), '18')
    }
    const both = await Promise.all([open(), open()])
    expect(both[0].url).toBe(both[1].url)
    await ask(both[0].ownerUrl, 'create table shared as select 7 as n')
    expect(await ask(both[1].ownerUrl, 'select n from shared')).toEqual([7])
    const left = (await readdir(dataDir)).filter((name) => name.includes('draft'))
    expect(left).toEqual([])
  })

  it('reports why it does not start', async () => {
    await mkdir(join(dataDir, 'postgres'))
    await writeFile(join(dataDir, 'postgres/PG_VERSION'), '18')
    await expect(openEmbeddedDatabase({ dataDir })).rejects.toThrow(/did not start: .*postgresql\.conf/s)
  })
})

describe.skipIf(reason)('the embedded database', () => {
  // One folder for all tests, because making one takes longest. Each test finds it stopped, and leaves it stopped.
  let parent: string
  beforeAll(async () => {
    parent = await fastFolder('frontdoor-embedded-made-')
    dataDir = join(parent, 'deeper', 'still')
  })
  afterAll(() => rm(parent, { recursive: true, force: true }))

  describe('started in a new folder', () => {
    const progress: string[] = []
    let owner: EmbeddedDatabase
    beforeAll(async () => {
      const onProgress = (message: string) => progress.push(message)
      owner = await openEmbeddedDatabase({ dataDir, throwaway: true, exclusive: true, onProgress })
    })
    afterAll(() => owner?.stop())

    it('responds, and has reported its progress', async () => {
      expect(await ask(owner.url, 'select current_database()')).toEqual(['frontdoor'])
      expect(await ask(owner.url, "select current_setting('server_version_num')::int >= 180000")).toEqual([true])
      expect(progress).toEqual([
        `creating the embedded database in ${join(dataDir, 'postgres')}; this takes some seconds, once`,
        'the embedded database is created; starting it',
      ])
    })

    it('accepts its own user only', async () => {
      expect(await ask(owner.ownerUrl, "select current_setting('listen_addresses')")).toEqual([''])
      const [socketDir] = await ask(owner.ownerUrl, "select current_setting('unix_socket_directories')")
      const { mode } = await stat(join(z.string().parse(socketDir), '.s.PGSQL.5432'))
      expect(mode & 0o077).toBe(0)
      expect((await stat(join(dataDir, 'postgres'))).mode & 0o077).toBe(0)
    })

    it('is refused to a second owner, with the process id of the first', async () => {
      const second = openEmbeddedDatabase({ dataDir, exclusive: true })
      await expect(second).rejects.toThrow(EmbeddedDatabaseError)
      await expect(second).rejects.toThrow(new RegExp(`${dataDir} is held by .*process ${process.pid}\\).*DATA_DIR`))
      expect(await ask(owner.url, 'select 1')).toEqual([1])
    })

    it('is shared with a guest, which leaves it running', async () => {
      const guest = await open()
      expect([guest.url, guest.ownerUrl]).toEqual([owner.url, owner.ownerUrl])
      await ask(guest.ownerUrl, 'create table shared as select 7 as n')
      await guest.stop()
      expect(await ask(owner.ownerUrl, 'select n from shared')).toEqual([7])
    })
  })

  it('starts where the path is too long for a socket', async () => {
    const long = join(parent, 'x'.repeat(120))
    await cp(join(dataDir, 'postgres'), join(long, 'postgres'), { recursive: true })
    const { ownerUrl, stop } = await open({ dataDir: long })
    const [socketDir] = await ask(ownerUrl, "select current_setting('unix_socket_directories')")
    expect(await ask((await open({ dataDir: long })).url, 'select 1')).toEqual([1])
    await stop()
    expect(existsSync(z.string().parse(socketDir))).toBe(false)
  })

  it('is released by stop, and opened again with its data', async () => {
    const first = await open({ exclusive: true })
    await ask(first.ownerUrl, 'create table stayed as select 42 as n')
    const pid = await postmaster()
    await first.stop()
    expect(existsSync(postmasterFile())).toBe(false)
    expect(() => process.kill(pid, 0)).toThrow('ESRCH')

    const progress: string[] = []
    const { ownerUrl } = await open({ exclusive: true, onProgress: (message) => progress.push(message) })
    expect(await ask(ownerUrl, 'select n from stayed')).toEqual([42])
    expect(progress).toEqual([])
  })

  it('is refused while another process owns it, and taken over with its data when that is killed', async () => {
    const owner = await spawnOwner()
    try {
      const early = openEmbeddedDatabase({ dataDir, exclusive: true })
      await expect(early).rejects.toThrow(`(process ${owner.pid})`)
    } finally {
      await killHard(owner)
    }
    const { ownerUrl, stop } = await open({ exclusive: true })
    expect(await ask(ownerUrl, 'select what from kept')).toEqual(['before the kill'])
    const pid = await postmaster()
    await stop()
    expect(() => process.kill(pid, 0)).toThrow('ESRCH')
  })

  it('starts again when the server was killed with its owner', async () => {
    const owner = await spawnOwner()
    process.kill(await postmaster(), 'SIGKILL')
    await killHard(owner)
    const { ownerUrl } = await open({ exclusive: true })
    expect(await ask(ownerUrl, 'select what from kept')).toEqual(['before the kill'])
  })

  it('waits for children of a killed server', async () => {
    const { url, ownerUrl } = await open()
    const busy = new pg.Client({ connectionString: ownerUrl })
    busy.on('error', () => {})
    await busy.connect()
    // It reads, and does not check meanwhile whether its server still runs.
    const reading = `select pg_advisory_lock(1); create temporary table line (words text); copy line from program 'sleep 1'`
    const ended = busy.query(reading).catch(() => {})
    const isBusy = "select exists (select from pg_locks where locktype = 'advisory' and objid = 1)"
    while ((await ask(url, isBusy))[0] !== true);
    process.kill(await postmaster(), 'SIGKILL')
    expect(await ask((await open()).url, 'select 1')).toEqual([1])
    await ended
  })
})
