import { join } from 'node:path'
import { loadDemo } from '../prisma/demo/load.ts'
import { demoViewers } from '../prisma/demo/viewers.ts'
import { Authenticator, remoteKeys } from './platform/auth/authenticate.ts'
import { developmentCursorSecret, developmentKeys, developmentToken } from './platform/auth/development-keys.ts'
import { type Config, ConfigError, parseConfig } from './platform/config.ts'
import { CursorCodec } from './platform/cursor.ts'
import { Database } from './platform/database/client.ts'
import { EmbeddedDatabaseError } from './platform/database/embedded.ts'
import { Migrations } from './platform/database/migrations.ts'
import { openDatabase } from './platform/database/open.ts'
import { readiness } from './platform/database/readiness.ts'
import { createLog } from './platform/observability/log.ts'
import { startServer } from './platform/server.ts'
import { domain, schema } from './schema.ts'

const prismaFolder = join(import.meta.dirname, '../prisma')

async function main(): Promise<void> {
  const config = parseConfig()
  const log = createLog(config)
  const development = config.auth.jwksUrl === undefined

  const opened = await openDatabase(config, { exclusive: true, onProgress: (message) => log.info(message) })
  try {
    const migrations = new Migrations(opened.url, prismaFolder)
    if (config.database.migrateOnStart) {
      for (const name of await migrations.apply()) log.info(`migration ${name} applied`)
    }
    if (opened.embedded) await loadDemo(opened.url, (message) => log.info(message))

    const database = new Database(opened.url, config.database)
    const server = await startServer({
      config,
      schema,
      domain,
      database,
      log,
      authenticator: new Authenticator({
        keys: config.auth.jwksUrl ? remoteKeys(config.auth.jwksUrl) : await developmentKeys(config.dataDir),
        issuer: config.auth.issuer,
        audience: config.auth.audience,
        toViewer: domain.toViewer,
      }),
      cursors: new CursorCodec(config.cursorSecret ?? (await developmentCursorSecret(config.dataDir))),
      notReady: readiness(database, migrations),
      demoViewers: development ? () => demoTokens(config) : undefined,
    })
    if (development) console.log(await welcome(config, server.url, opened.embedded))
    else log.info({ url: server.url }, 'listening')

    const signal = await stopSignal()
    log.info(`${signal}: finishing what is in flight`)
    await server.drain()
    await database.close()
  } finally {
    await opened.stop()
  }
  log.info('stopped')
}

function demoTokens(config: Config) {
  return Promise.all(
    demoViewers.map(async ({ name, label, claims }) => {
      return { name, label, token: await developmentToken(config.dataDir, config.auth, claims) }
    }),
  )
}

async function welcome(config: Config, url: string, embedded: boolean): Promise<string> {
  const api = `${url}/graphql`
  const query = '{ viewer { kind } orders(first: 3) { totalCount edges { node { number total { amount } } } } }'
  const calls = (await demoTokens(config)).map(
    ({ label, token }) => `
  ${label}
  curl ${api} -H 'content-type: application/json' -H 'authorization: Bearer ${token}' -d '${JSON.stringify({ query })}'`,
  )
  return `
Frontdoor ${config.version} is open.

  API and GraphiQL   ${api}
  Health             ${url}/healthz, ${url}/readyz
  Database           ${embedded ? `embedded PostgreSQL, files in ${config.dataDir}` : 'DATABASE_URL'}

Demo viewers (tokens last 12 hours; more: npm run --silent token -- customer BONAP):
${calls.join('\n')}

Ctrl-C stops the server${embedded ? ' and its database; the data stays' : ''}.
`
}

/** The first signal to stop; a second one no longer waits. */
function stopSignal(): Promise<NodeJS.Signals> {
  return new Promise((done) => {
    const stop = (signal: NodeJS.Signals) => {
      done(signal)
      for (const again of ['SIGINT', 'SIGTERM'] as const) process.on(again, () => process.exit(1))
    }
    process.once('SIGINT', stop)
    process.once('SIGTERM', stop)
  })
}

main().catch((error: unknown) => {
  const expected = error instanceof ConfigError || error instanceof EmbeddedDatabaseError
  console.error(expected ? `\n${error.message}\n` : error)
  process.exitCode = 1
})
