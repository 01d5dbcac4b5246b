import { join } from 'node:path'
import { demoViewers } from '../prisma/demo/viewers.ts'
import { Authenticator, remoteKeys } from './platform/auth/authenticate.ts'
import { developmentCursorSecret, developmentKeys, developmentToken } from './platform/auth/development-keys.ts'
import type { Config } from './platform/config.ts'
import { CursorCodec } from './platform/cursor.ts'
import { Database } from './platform/database/client.ts'
import { Migrations } from './platform/database/migrations.ts'
import { hasPrivileges } from './platform/database/privileges.ts'
import { readiness } from './platform/database/readiness.ts'
import type { GraphQLServerParts } from './platform/graphql-server.ts'
import type { ReadinessCheck } from './platform/observability/health.ts'
import type { Log } from './platform/observability/log.ts'
import { Metrics } from './platform/observability/metrics.ts'
import { startServer } from './platform/server.ts'
import { forgetOldKeys } from './platform/verbs/idempotency.ts'
import { domain, schema } from './schema.ts'

/** Idempotency keys are good for a day; the old ones only take up room. */
const sweepEveryMs = 3_600_000

export const prismaFolder = join(import.meta.dirname, '../prisma')

export interface Door {
  /** `http://127.0.0.1:4000` */
  url: string
  database: Database
  notReady: ReadinessCheck
  /** Finishes what is in flight, then lets go of the database. */
  close(): Promise<void>
}

/**
 * The server on a database that is there: every part made and put together, from configuration alone. Benchmarks
 * replace a part, to see what it costs.
 */
export async function openDoor(
  config: Config,
  databaseUrl: string,
  log: Log,
  replaced: Partial<GraphQLServerParts> = {},
): Promise<Door> {
  const { auth, dataDir } = config
  const database = new Database(databaseUrl, config.database)
  const notReady = readiness(database, new Migrations(databaseUrl, prismaFolder), () =>
    hasPrivileges(databaseUrl, domain.privileges),
  )
  const server = await startServer({
    config,
    schema,
    domain,
    database,
    log,
    metrics: new Metrics(),
    authenticator: new Authenticator({
      keys: auth.jwksUrl ? remoteKeys(auth.jwksUrl) : await developmentKeys(dataDir),
      issuer: auth.issuer,
      audience: auth.audience,
      toViewer: domain.toViewer,
    }),
    cursors: new CursorCodec(config.cursorSecret ?? (await developmentCursorSecret(dataDir))),
    notReady,
    demoViewers: auth.jwksUrl ? undefined : () => demoTokens(config),
    ...replaced,
  }).catch(async (error: unknown) => {
    await database.close()
    throw error
  })
  const sweep = setInterval(() => {
    database.transactions
      .run(forgetOldKeys)
      .catch((err: unknown) => log.warn({ err }, 'old idempotency keys stay for now'))
  }, sweepEveryMs)
  return {
    url: server.url,
    database,
    notReady,
    close: async () => {
      clearInterval(sweep)
      await server.drain()
      await database.close()
    },
  }
}

/** The demo viewers, each with a token of this development mode's own key. */
export function demoTokens(config: Config) {
  return Promise.all(
    demoViewers.map(async ({ name, label, claims }) => {
      return { name, label, token: await developmentToken(config.dataDir, config.auth, claims) }
    }),
  )
}
