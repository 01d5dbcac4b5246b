import { openApp, prismaFolder, requireFreePorts } from './app.ts'
import type { Config } from './platform/config/config.ts'
import { sourceVariable } from './platform/config/source-settings.ts'
import { migrateDatabase } from './platform/database/migrate.ts'
import { openDatabase } from './platform/database/open.ts'
import { powersAt } from './platform/database/role-powers.ts'
import { offWhereReadingOnly } from './platform/execution/reading-only.ts'
import type { Log } from './platform/observability/log.ts'
import { isBuilt } from './platform/pages/static-site.ts'
import { domain } from './schema.ts'
import { startupMessage } from './startup-message.ts'

interface ServeOptions {
  /** Prints text for people. */
  print(text: string): void
  /** Resolves with the first reason to stop. */
  reasonToStop(): Promise<string>
}

/** Opens the database and the app, serves until there is a reason to stop, and finishes requests in flight. */
export async function serve(config: Config, log: Log, { print, reasonToStop }: ServeOptions): Promise<void> {
  await requireFreePorts(config)
  const opened = await openDatabase(config, { exclusive: true, onProgress: (message) => log.info(message) })
  try {
    if (config.database.migrateOnStart) {
      const applied = await migrateDatabase(opened, prismaFolder, domain)
      for (const name of applied) log.info(`migration ${name} applied`)
    }
    if (opened.embedded) await domain.demo?.data?.load(opened.ownerUrl, (message) => log.info(message))
    // Before the first request can come, so that a signal during the start stops the server and does not kill it.
    const stopped = reasonToStop()
    const app = await openApp(config, opened.url, log)
    try {
      const unready = await app.notReady()
      const { readingOnly } = app
      // In development the message below says it.
      if (readingOnly !== undefined && !config.auth.own)
        log.warn({ off: offWhereReadingOnly }, `open for reading only: ${readingOnly}`)
      if (unready) log.warn({ said: unready.said }, `not ready to serve: ${unready.reason}`)
      if (!config.auth.own) log.info({ url: app.url, metricsUrl: app.metricsUrl }, 'listening')
      else
        print(
          await startupMessage(config, app, {
            unready,
            lacksDemoData: !unready && readingOnly === undefined && (await lacksDemoData(app.databaseUrl)),
          }),
        )
      if (!unready && config.mode === 'production') await warnOfPowers(app.databaseUrl, log)
      warnOfMissingSite(config, log)
      warnOfMissingSources(config, log)

      log.info(`${await stopped}: finishing what is in flight`)
    } finally {
      await app.close()
    }
  } finally {
    await opened.stop()
  }
  log.info('stopped')
}

async function lacksDemoData(databaseUrl: string): Promise<boolean> {
  const data = domain.demo?.data
  return data !== undefined && !(await data.isLoaded(databaseUrl))
}

/** Under a role with such powers, a bug of the server can do more harm than reading and writing rows. */
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

/** In production the pages do not mention a site that is not built, so the log does. */
function warnOfMissingSite({ mode, site: isServed }: Config, log: Log): void {
  const { site } = domain
  if (mode !== 'production' || !isServed || !site || isBuilt(site)) return
  log.warn(
    { folder: site.folder },
    'SITE is true and there is no site: build it where the server finds it, and restart',
  )
}

function warnOfMissingSources({ remote }: Config, log: Log): void {
  const missing = domain.remoteSources?.filter(({ name }) => remote.sources[name]?.url === undefined) ?? []
  const unset = missing.map((source) => sourceVariable(source, 'url'))
  if (unset.length > 0) log.warn({ unset }, 'fields that other services answer are null: settings are missing')
}
