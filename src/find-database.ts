import { type Config, ConfigError } from './platform/config/config.ts'
import { findPooler } from './platform/database/find-pooler.ts'
import { passageOf } from './platform/database/pooler.ts'
import { lookAround, SettingsLost, type Surroundings } from './platform/database/surroundings.ts'
import type { Log } from './platform/observability/log.ts'

interface FoundDatabase extends Surroundings {
  /** For the pool that serves requests. */
  poolUrl: string
  isAssumed: boolean
}

/**
 * What is between the server and its database, and what is there. A database that does not answer is taken for a whole one
 * without a pooler: until it answers, the server is not ready.
 */
export async function findDatabase(databaseUrl: string, { database }: Config, log: Log): Promise<FoundDatabase> {
  let poolUrl = databaseUrl
  try {
    poolUrl = await findPooler(databaseUrl, database.pooler)
    const found = await lookAround(poolUrl)
    const { missing, readingOnly } = found
    sayPooler(poolUrl, log)
    if (passageOf(poolUrl).pooler && database.directUrl === undefined && readingOnly === undefined)
      log.warn(
        'without DATABASE_DIRECT_URL events are asked for five times a second, and migrations need MIGRATE_DATABASE_URL',
      )
    if (missing.length > 0)
      log.warn({ missing }, 'the database lacks tables or columns of these: npm run migrate -- --check')
    return { ...found, poolUrl, isAssumed: false }
  } catch (error) {
    if (error instanceof SettingsLost) throw new ConfigError(error.message)
    return { readingOnly: undefined, operatorSchemas: [], missing: [], poolUrl, isAssumed: true }
  }
}

function sayPooler(poolUrl: string, log: Log): void {
  const { pooler } = passageOf(poolUrl)
  if (!pooler) return
  log.info(
    { keepsPreparedStatements: pooler.keepsNames },
    'DATABASE_URL leads through a pooler: each transaction begins with its settings',
  )
}

/** Whether a database that answers only now is what it was taken for. */
export async function isAsAssumed(poolUrl: string, { database }: Config): Promise<boolean> {
  const { url, pooler } = passageOf(poolUrl)
  const found = passageOf(await findPooler(url, database.pooler))
  if ((found.pooler === undefined) !== (pooler === undefined)) return false
  const { readingOnly, operatorSchemas } = await lookAround(poolUrl)
  return readingOnly === undefined && operatorSchemas.length === 0
}
