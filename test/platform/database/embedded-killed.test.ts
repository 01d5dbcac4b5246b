import { rm } from 'node:fs/promises'
import pg from 'pg'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { fastFolder } from '../../support/fast-folder.ts'
import { ask, EmbeddedFolder, killHard, reasonToSkip } from '../support/embedded.ts'

const reason = reasonToSkip()
if (reason) console.warn(`test/platform/database/embedded-killed.test.ts is skipped: ${reason}`)

describe.skipIf(reason)('the embedded database', () => {
  let folder: EmbeddedFolder
  beforeEach(async () => {
    folder = new EmbeddedFolder(await fastFolder('frontdoor-embedded-'))
  })
  afterEach(async () => {
    await folder.stopAll()
    await rm(folder.dataDir, { recursive: true, force: true })
  })

  it('starts again when the server was killed with its owner', async () => {
    const owner = await folder.spawnOwner()
    process.kill(await folder.postmaster(), 'SIGKILL')
    await killHard(owner)
    const { ownerUrl } = await folder.open({ exclusive: true })
    expect(await ask(ownerUrl, 'select what from kept')).toEqual(['before the kill'])
  })

  it('waits for children of a killed server', async () => {
    const { url, ownerUrl } = await folder.open()
    const busy = new pg.Client({ connectionString: ownerUrl })
    busy.on('error', () => {})
    await busy.connect()
    // It reads, and does not check meanwhile whether its server still runs.
    const reading = `select pg_advisory_lock(1); create temporary table line (words text); copy line from program 'sleep 1'`
    const ended = busy.query(reading).catch(() => {})
    const isBusy = "select exists (select from pg_locks where locktype = 'advisory' and objid = 1)"
    while ((await ask(url, isBusy))[0] !== true);
    process.kill(await folder.postmaster(), 'SIGKILL')
    expect(await ask((await folder.open()).url, 'select 1')).toEqual([1])
    await ended
  })
})
