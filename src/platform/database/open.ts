import type { Config } from '../config.ts'
import { openEmbeddedDatabase } from './embedded.ts'

/** Where the database is: the one that is configured, or the embedded one, started if need be. */
export async function openDatabase(
  config: Pick<Config, 'database' | 'dataDir'>,
  options: { exclusive?: boolean; onProgress?: (message: string) => void } = {},
): Promise<{ url: string; embedded: boolean; stop(): Promise<void> }> {
  if (config.database.url) return { url: config.database.url, embedded: false, stop: async () => {} }
  const embedded = await openEmbeddedDatabase({ dataDir: config.dataDir, ...options })
  return { ...embedded, embedded: true }
}
