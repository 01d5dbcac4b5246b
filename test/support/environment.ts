import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inject } from 'vitest'
import { cloneDatabase, onServer, type Template } from './database-server.ts'

/** A database and a data folder for a server process, with the settings that name them. Removed on disposal. */
export async function createEnvironment(data: Template) {
  const { name, url, ownerUrl } = await cloneDatabase(inject('server'), data)
  const dataDir = await mkdtemp(join(tmpdir(), 'frontdoor-test-'))
  return {
    ...{ name, url, ownerUrl, dataDir },
    env: { DATABASE_URL: url, DATA_DIR: dataDir, PORT: '0' },
    [Symbol.asyncDispose]: async () => {
      await onServer(inject('server').url, `drop database if exists ${name} with (force)`)
      await rm(dataDir, { recursive: true, force: true })
    },
  }
}

export type Environment = Awaited<ReturnType<typeof createEnvironment>>
