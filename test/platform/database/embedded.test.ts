import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { cp, mkdir, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { z } from 'zod'
import { type EmbeddedDatabase, openEmbeddedDatabase } from '../../../src/platform/database/embedded.ts'
import { EmbeddedDatabaseError } from '../../../src/platform/database/embedded-files.ts'
import { fastFolder } from '../../support/fast-folder.ts'
import { ask, EmbeddedFolder, killHard, reasonToSkip } from '../support/embedded.ts'

const reason = reasonToSkip()
if (reason) console.warn(`test/platform/database/embedded.test.ts is skipped: ${reason}`)

let folder: EmbeddedFolder
afterEach(() => folder.stopAll())

describe.skipIf(reason)('the embedded database on an empty folder', () => {
  beforeEach(async () => {
    folder = new EmbeddedFolder(await fastFolder('frontdoor-embedded-'))
  })
  afterEach(async () => {
    // The outer hook runs after this one, and would stop a server whose files are gone.
    await folder.stopAll()
    await rm(folder.dataDir, { recursive: true, force: true })
  })

  it('is made once by two concurrent first starts, after any killed one: the second joins the first', async () => {
    const { pid } = spawnSync('true')
    for (const name of ['postgres.draft', `postgres.draft.${pid}.x`]) {
      await mkdir(join(folder.dataDir, name, 'base'), { recursive: true })
      await writeFile(join(folder.dataDir, name, 'PG_VERSION'), '18')
    }
    const both = await Promise.all([folder.open(), folder.open()])
    expect(both[0].url).toBe(both[1].url)
    await ask(both[0].ownerUrl, 'create table shared as select 7 as n')
    expect(await ask(both[1].ownerUrl, 'select n from shared')).toEqual([7])
    const left = (await readdir(folder.dataDir)).filter((name) => name.includes('draft'))
    expect(left).toEqual([])
  })

  it('reports why it does not start', async () => {
    await mkdir(join(folder.dataDir, 'postgres'))
    await writeFile(join(folder.dataDir, 'postgres/PG_VERSION'), '18')
    await expect(openEmbeddedDatabase({ dataDir: folder.dataDir })).rejects.toThrow(
      /did not start: .*postgresql\.conf/s,
    )
  })
})

describe.skipIf(reason)('the files of another major version of PostgreSQL', () => {
  it('are refused with the way out, and stay as they are', async () => {
    folder = new EmbeddedFolder(await fastFolder('frontdoor-embedded-'))
    await (await folder.open()).stop()
    const mark = join(folder.dataDir, 'postgres/PG_VERSION')
    await writeFile(mark, '17\n')
    const refusal = openEmbeddedDatabase({ dataDir: folder.dataDir })
    await expect(refusal).rejects.toThrow(EmbeddedDatabaseError)
    await expect(refusal).rejects.toThrow(
      /^PostgreSQL 17 made .* brings PostgreSQL 18, .*"Upgrading PostgreSQL".* delete the folder$/,
    )
    await writeFile(mark, '18\n')
    await (await folder.open()).stop()
    await rm(folder.dataDir, { recursive: true, force: true })
  })
})

describe.skipIf(reason)('the embedded database', () => {
  // One folder for all tests, because making one takes longest. Each test finds it stopped, and leaves it stopped.
  let parent: string
  beforeAll(async () => {
    parent = await fastFolder('frontdoor-embedded-made-')
    folder = new EmbeddedFolder(join(parent, 'deeper', 'still'))
  })
  afterAll(() => rm(parent, { recursive: true, force: true }))

  describe('started in a new folder', () => {
    const progress: string[] = []
    let owner: EmbeddedDatabase
    beforeAll(async () => {
      const onProgress = (message: string) => progress.push(message)
      owner = await openEmbeddedDatabase({ dataDir: folder.dataDir, throwaway: true, exclusive: true, onProgress })
    })
    afterAll(() => owner?.stop())

    it('responds, and has reported its progress', async () => {
      expect(await ask(owner.url, 'select current_database()')).toEqual(['frontdoor'])
      expect(await ask(owner.url, "select current_setting('server_version_num')::int >= 180000")).toEqual([true])
      expect(progress).toEqual([
        `creating the embedded database in ${join(folder.dataDir, 'postgres')}; this takes some seconds, once`,
        'the embedded database is created; starting it',
      ])
    })

    it('accepts its own user only', async () => {
      expect(await ask(owner.ownerUrl, "select current_setting('listen_addresses')")).toEqual([''])
      const [socketDir] = await ask(owner.ownerUrl, "select current_setting('unix_socket_directories')")
      const { mode } = await stat(join(z.string().parse(socketDir), '.s.PGSQL.5432'))
      expect(mode & 0o077).toBe(0)
      expect((await stat(join(folder.dataDir, 'postgres'))).mode & 0o077).toBe(0)
    })

    it('is refused to a second owner, with the process id of the first', async () => {
      const second = openEmbeddedDatabase({ dataDir: folder.dataDir, exclusive: true })
      await expect(second).rejects.toThrow(EmbeddedDatabaseError)
      await expect(second).rejects.toThrow(
        new RegExp(`${folder.dataDir} is held by .*process ${process.pid}\\).*DATA_DIR`),
      )
      expect(await ask(owner.url, 'select 1')).toEqual([1])
    })

    it('is shared with a guest, which leaves it running', async () => {
      const guest = await folder.open()
      expect([guest.url, guest.ownerUrl]).toEqual([owner.url, owner.ownerUrl])
      await ask(guest.ownerUrl, 'create table shared as select 7 as n')
      await guest.stop()
      expect(await ask(owner.ownerUrl, 'select n from shared')).toEqual([7])
    })
  })

  it('starts where the path is too long for a socket', async () => {
    const longFolder = new EmbeddedFolder(join(parent, 'x'.repeat(120)))
    onTestFinished(() => longFolder.stopAll())
    await cp(join(folder.dataDir, 'postgres'), join(longFolder.dataDir, 'postgres'), { recursive: true })
    const { ownerUrl, stop } = await longFolder.open()
    const [socketDir] = await ask(ownerUrl, "select current_setting('unix_socket_directories')")
    expect(await ask((await longFolder.open()).url, 'select 1')).toEqual([1])
    await stop()
    expect(existsSync(z.string().parse(socketDir))).toBe(false)
  })

  it('is released by stop, and opened again with its data', async () => {
    const first = await folder.open({ exclusive: true })
    await ask(first.ownerUrl, 'create table stayed as select 42 as n')
    const pid = await folder.postmaster()
    await first.stop()
    expect(existsSync(folder.postmasterFile)).toBe(false)
    expect(() => process.kill(pid, 0)).toThrow('ESRCH')

    const progress: string[] = []
    const { ownerUrl } = await folder.open({ exclusive: true, onProgress: (message) => progress.push(message) })
    expect(await ask(ownerUrl, 'select n from stayed')).toEqual([42])
    expect(progress).toEqual([])
  })

  it('is refused while another process owns it, and taken over with its data when that is killed', async () => {
    const owner = await folder.spawnOwner()
    try {
      const early = openEmbeddedDatabase({ dataDir: folder.dataDir, exclusive: true })
      await expect(early).rejects.toThrow(`(process ${owner.pid})`)
    } finally {
      await killHard(owner)
    }
    const { ownerUrl, stop } = await folder.open({ exclusive: true })
    expect(await ask(ownerUrl, 'select what from kept')).toEqual(['before the kill'])
    const pid = await folder.postmaster()
    await stop()
    expect(() => process.kill(pid, 0)).toThrow('ESRCH')
  })
})
