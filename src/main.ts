import { loadDemo } from '../prisma/demo/load.ts'
import { type Door, demoTokens, openDoor, prismaFolder } from './door.ts'
import { type Config, ConfigError, parseConfig } from './platform/config.ts'
import { EmbeddedDatabaseError } from './platform/database/embedded-files.ts'
import { migrateDatabase } from './platform/database/migrate.ts'
import { openDatabase } from './platform/database/open.ts'
import { powersAt } from './platform/database/role-powers.ts'
import { createLog, type Log } from './platform/observability/log.ts'
import { domain } from './schema.ts'

async function main(): Promise<void> {
  const config = parseConfig()
  const log = createLog(config)
  const opened = await openDatabase(config, { exclusive: true, onProgress: (message) => log.info(message) })
  try {
    if (config.database.migrateOnStart) {
      const applied = await migrateDatabase(opened, prismaFolder, domain.privileges)
      for (const name of applied) log.info(`migration ${name} applied`)
    }
    if (opened.embedded) await loadDemo(opened.ownerUrl, (message) => log.info(message))
    // Before the first request can come: a signal meanwhile is to stop it, not to kill it.
    const signalled = stopSignal()
    const door = await openDoor(config, opened.url, log)
    if (!config.auth.own) log.info({ url: door.url, metricsUrl: door.metricsUrl }, 'listening')
    else console.log(await welcome(config, door, opened.embedded))
    const reason = await door.notReady()
    if (reason) log.warn(`not ready to serve: ${reason}`)
    else if (config.mode === 'production') await warnOfPowers(opened.url, log)

    log.info(`${await signalled}: finishing what is in flight`)
    await door.close()
  } finally {
    await opened.stop()
  }
  log.info('stopped')
}

/** A fault of a server that works under such a role can do more harm than one that can only read and write rows. */
async function warnOfPowers(databaseUrl: string, log: Log): Promise<void> {
  try {
    const { role, powers } = await powersAt(databaseUrl)
    if (powers.length === 0) return
    log.warn(
      { role, powers },
      'the server needs a database role of its own, without these powers: MIGRATE_DATABASE_URL',
    )
  } catch (err) {
    log.warn({ err }, 'what the database role can do could not be found out')
  }
}

async function welcome(config: Config, { url, metricsUrl }: Door, embedded: boolean): Promise<string> {
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
  Health             ${url}/healthz, ${url}/readyz${
    metricsUrl === undefined
      ? ''
      : `
  Metrics            ${metricsUrl}/metrics`
  }
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
