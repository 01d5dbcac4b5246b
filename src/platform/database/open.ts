import type { Config } from '../config/config.ts'
import { openEmbeddedDatabase } from './embedded.ts'
import type { DatabaseUrls } from './urls.ts'

export interface OpenDatabase extends DatabaseUrls {
  embedded: boolean
  stop(): Promise<void>
}

/** Opens the configured database, or starts the embedded one. */
export async function openDatabase(
  config: Pick<Config, 'database' | 'dataDir'>,
  options: { exclusive?: boolean; onProgress?: (message: string) => void } = {},
): Promise<OpenDatabase> {
  const { url, ownerUrl = url } = config.database
  if (url && ownerUrl) return { url, ownerUrl, embedded: false, stop: async () => {} }
  const embedded = await openEmbeddedDatabase({ dataDir: config.dataDir, ...options })
  return { ...embedded, embedded: true }
}
