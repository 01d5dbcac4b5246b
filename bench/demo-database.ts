import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { loadDemo } from '../prisma/demo/load.ts'
import { prismaFolder } from '../src/app.ts'
import { openEmbeddedDatabase } from '../src/platform/database/embedded.ts'
import { migrateDatabase } from '../src/platform/database/migrate.ts'
import type { DatabaseUrls } from '../src/platform/database/urls.ts'
import { domain } from '../src/schema.ts'

interface DemoDatabase extends DatabaseUrls, AsyncDisposable {
  /** A folder for a server on it. */
  dataDir: string
}

/** An embedded database with the demo data, which is gone with its folder when it is disposed of. */
export async function openDemoDatabase(): Promise<DemoDatabase> {
  const dataDir = await mkdtemp(join(tmpdir(), 'frontdoor-bench-'))
  const database = await openEmbeddedDatabase({ dataDir, throwaway: true })
  const dispose = async () => {
    await database.stop()
    await rm(dataDir, { recursive: true, force: true })
  }
  try {
    await migrateDatabase(database, prismaFolder, domain)
    await loadDemo(database.ownerUrl)
  } catch (error) {
    await dispose()
    throw error
  }
  return { url: database.url, ownerUrl: database.ownerUrl, dataDir, [Symbol.asyncDispose]: dispose }
}
