import { isInterfaceType, isObjectType } from 'graphql'
import { prismaFolder } from '../src/door.ts'
import { parseConfig } from '../src/platform/config.ts'
import { Database } from '../src/platform/database/client.ts'
import { Migrations } from '../src/platform/database/migrations.ts'
import { openDatabase } from '../src/platform/database/open.ts'
import { schema } from '../src/schema.ts'
import { deprecationsIn } from './deprecations.ts'
import { requireMigrated } from './require-migrated.ts'
import { readOptions, runScript, UsageError } from './run-script.ts'
import { type Asked, usageReport } from './usage-report.ts'

const usage = `npm run schema:usage                         who still asks for what is deprecated, how often and when last
npm run schema:usage -- --field Type.field   who asks for this field`

await runScript(usage, async () => {
  const { field } = readOptions({ field: { type: 'string' } })
  const asked = field === undefined ? deprecationsIn(schema) : [fieldNamed(field)]
  if (asked.length === 0) return console.log('Nothing in the schema is deprecated.')
  const config = parseConfig()
  const opened = await openDatabase(config)
  const database = new Database(opened.url, config.database)
  try {
    await requireMigrated(new Migrations(opened.url, prismaFolder))
    console.log(await usageReport(database.client, asked))
  } finally {
    await database.close()
    await opened.stop()
  }
})

function fieldNamed(path: string): Asked {
  const [typeName = '', name = '', ...more] = path.split('.')
  const type = schema.getType(typeName)
  const field = isObjectType(type) || isInterfaceType(type) ? type.getFields()[name] : undefined
  if (!field || more.length > 0) throw new UsageError(`The schema has no field '${path}'`)
  return { kind: 'field', path, reason: field.deprecationReason ?? undefined }
}
