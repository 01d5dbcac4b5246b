import { pino } from 'pino'
import { openApp, prismaFolder } from '../../src/app.ts'
import { parseConfig } from '../../src/platform/config/config.ts'
import { Migrations } from '../../src/platform/database/migrations.ts'
import { openDatabase } from '../../src/platform/database/open.ts'
import type { RetentionReport } from '../../src/platform/persons/retention/retention.ts'
import { domain } from '../../src/schema.ts'
import { requireMigrated } from '../require-migrated.ts'
import { type Command, readOptions } from '../run-script.ts'

const usage = `npm run retention                applies every rule of retention now, as the server does each hour
npm run retention -- --dry-run   says how much each rule would remove, and removes nothing`

export const retention: Command = { usage, run }

async function run(args: string[], env: NodeJS.ProcessEnv): Promise<string> {
  const { 'dry-run': isDryRun } = readOptions({ 'dry-run': { type: 'boolean' } }, args)
  const config = parseConfig({ ...env, PORT: '0', HOST: '127.0.0.1', METRICS_PORT: undefined, DRAIN_DELAY_MS: '0' })
  const database = await openDatabase(config)
  try {
    await requireMigrated(new Migrations(database.url, prismaFolder, domain.name))
    const app = await openApp(config, database.url, pino({ level: 'warn' }, pino.destination(2)))
    try {
      if (app.readingOnly !== undefined) throw new Error(`This server only reads: ${app.readingOnly}`)
      const reports = await (isDryRun ? app.retention.count() : app.retention.apply())
      const said = report(reports, isDryRun ? 'would be removed' : 'removed')
      if (reports.some(({ count }) => count === undefined)) throw new Error(said)
      return said
    } finally {
      await app.close()
    }
  } finally {
    await database.stop()
  }
}

function report(reports: readonly RetentionReport[], done: string): string {
  const rows = [
    ['rule', 'kept for', done],
    ...reports.map(({ rule, keep, count }) => [rule, keep, String(count ?? 'failed')]),
  ]
  const widths = [0, 1].map((column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}
