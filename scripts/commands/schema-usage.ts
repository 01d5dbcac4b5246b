import { prismaFolder } from '../../src/app.ts'
import { parseConfig } from '../../src/platform/config/config.ts'
import { Database } from '../../src/platform/database/client.ts'
import { Migrations } from '../../src/platform/database/migrations.ts'
import { openDatabase } from '../../src/platform/database/open.ts'
import { domain, schema } from '../../src/schema.ts'
import { deprecationsIn } from '../deprecations.ts'
import { requireMigrated } from '../require-migrated.ts'
import { type Command, readOptions } from '../run-script.ts'
import { fieldNamed, usageReport } from '../usage-report.ts'

const usage = `npm run schema:usage                         who still asks for what is deprecated, how often and when last
npm run schema:usage -- --field Type.field   who asks for this field`

export const schemaUsage: Command = { usage, run }

async function run(args: string[], env: NodeJS.ProcessEnv): Promise<string> {
  const { field } = readOptions({ field: { type: 'string' } }, args)
  const asked = field === undefined ? deprecationsIn(schema) : [fieldNamed(schema, field)]
  if (asked.length === 0) return 'Nothing in the schema is deprecated.'
  const config = parseConfig(env)
  const opened = await openDatabase(config)
  const database = new Database(opened.url, config.database)
  try {
    await requireMigrated(new Migrations(opened.url, prismaFolder, domain.name))
    return await usageReport(database.client, asked)
  } finally {
    await database.close()
    await opened.stop()
  }
}
