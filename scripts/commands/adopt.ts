import { join } from 'node:path'
import { adoptDatabase } from '../adopt/adopt-database.ts'
import { completeProject } from '../adopt/complete-project.ts'
import { keepUrl } from '../adopt/keep-url.ts'
import { withRemoveShop } from '../adopt/shop/command.ts' // shop
import { setShopAside } from '../adopt/shop/set-aside.ts' // shop
import { type Command, readArguments, UsageError } from '../run-script.ts'

const usage = `npm run adopt -- URL                    makes a domain from the tables of the database at this URL (postgresql://…)
npm run adopt -- URL --name NAME        names it; otherwise it is named after the database
npm run adopt -- URL --schema A,B       reads these schemas; otherwise public
npm run adopt -- URL --tables A,B       reads only these tables, by name or by schema and name
npm run adopt -- URL --writes A,B       also makes mutations that create, update and delete rows of these tables, or of all
npm run adopt -- URL --patch            of a domain that is there: prints the patch and nothing else

It only reads the database. It writes prisma/NAME.prisma and src/NAME/, switches src/schema.ts to them, makes what follows from
them, and keeps the URL in .env for npm start. Where it made the domain before, it says what changed in the tables, writes
NAME.patch and leaves the rest of the project as it is. A URL without a password takes that of PGPASSWORD.`

const options = {
  name: { type: 'string' },
  schema: { type: 'string' },
  tables: { type: 'string' },
  patch: { type: 'boolean' },
  writes: { type: 'string' },
  in: { type: 'string' },
} as const

export const adopt: Command = { usage, run }
Object.assign(adopt, withRemoveShop({ usage, run })) // shop

async function run(args: string[]): Promise<string> {
  const { values, positionals } = readArguments(options, args)
  const [url, ...others] = positionals
  if (url === undefined) throw new UsageError('Which database?')
  if (others.length > 0)
    throw new UsageError('There are several URLs, or one with a space in it, which is written %20.')
  return adoptDatabase({
    url,
    root: values.in ?? root,
    name: values.name,
    asked: { schemas: namesIn(values.schema), tables: namesIn(values.tables), writes: namesIn(values.writes) },
    printsPatch: values.patch ?? false,
    onProgress,
    onWritten: values.in === undefined ? (name) => complete(url, name) : undefined,
  })
}

const root = join(import.meta.dirname, '../..')

function onProgress(message: string): void {
  console.error(`… ${message}`)
}

async function complete(url: string, name: string): Promise<string[]> {
  const kept = await keepUrl(root, url)
  await setShopAside(root) // shop
  await completeProject(root, name, onProgress)
  return [kept, next]
}

const next = `Next: npm start, and run the examples of GraphiQL as admin. npm run migrate adds the platform's own tables to the database
(schemas platform and jobs), which mutations, API keys, webhooks, exports and the audit trail need.`

function namesIn(text: string | undefined): string[] | undefined {
  const names = text?.split(',').map((name) => name.trim())
  if (names?.some((name) => name === '')) throw new UsageError('Names are separated by single commas.')
  return names
}
