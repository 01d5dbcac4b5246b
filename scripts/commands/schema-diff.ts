import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { buildSchema } from 'graphql'
import { type Compatibility, compatibility, reasonsIn } from '../compatibility.ts'
import { bulletList } from '../markdown.ts'
import { type Command, readOptions } from '../run-script.ts'

const usage = `npm run schema:diff                   fails where schema.graphql breaks clients of schema.released.graphql, unless
                                      schema.changes.md says why
npm run schema:diff -- --release      makes schema.graphql the released one, and empties schema.changes.md
npm run schema:diff -- --begin        does so without a comparison: the contract of another domain begins
npm run schema:diff -- --in FOLDER    does so with the three files of another folder`

const options = { release: { type: 'boolean' }, begin: { type: 'boolean' }, in: { type: 'string' } } as const

export const schemaDiff: Command = { usage, run }

async function run(args: string[]): Promise<string> {
  const { release, begin, in: folder } = readOptions(options, args)
  const files = filesIn(folder ?? join(import.meta.dirname, '../..'))
  const found = begin ? undefined : await compare(files)
  if (found && found.violations.length > 0) throw new Error(refusal(found.violations))
  if (found && !release) return report(found)
  await makeReleased(files)
  return 'schema.released.graphql is schema.graphql; schema.changes.md is empty.'
}

/** What the contract of a project changes of the released one. */
export function compatibilityIn(folder: string): Promise<Compatibility> {
  return compare(filesIn(folder))
}

type Files = ReturnType<typeof filesIn>

function filesIn(folder: string) {
  return {
    current: join(folder, 'schema.graphql'),
    released: join(folder, 'schema.released.graphql'),
    changes: join(folder, 'schema.changes.md'),
  }
}

async function compare({ current, released, changes }: Files): Promise<Compatibility> {
  return compatibility({
    released: buildSchema(await readFile(released, 'utf8')),
    current: buildSchema(await readFile(current, 'utf8')),
    reasons: reasonsIn(await readFile(changes, 'utf8')),
    today: new Date().toISOString().slice(0, 10),
  })
}

async function makeReleased({ current, released, changes }: Files): Promise<void> {
  const table = await readFile(changes, 'utf8')
  await writeFile(released, await readFile(current))
  await writeFile(changes, table.replaceAll(/^\| `.*\n/gm, ''))
}

function refusal(violations: readonly string[]): string {
  return `schema.graphql is not compatible with the released schema:
${bulletList(violations)}

What must break gets a line in schema.changes.md, | \`Type.field\` | reason |; what was promised until a day stays until then.`
}

function report({ excused, dangerous, harmless }: Compatibility): string {
  const parts = [
    `schema.graphql is compatible with the released schema; ${harmless} changes harm nobody.`,
    excused.length > 0 && `These break clients, and may:\n${bulletList(excused)}`,
    dangerous.length > 0 && `Clients may stumble over these:\n${bulletList(dangerous)}`,
  ]
  return parts.filter((part) => part !== false).join('\n')
}
