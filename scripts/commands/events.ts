import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { domain } from '../../src/schema.ts'
import { reasonsIn } from '../compatibility.ts'
import { type EventCompatibility, eventCompatibility } from '../event-compatibility.ts'
import { contractOf, parseContract, printContract } from '../event-contract.ts'
import { eventTables } from '../event-tables.ts'
import { bulletList } from '../markdown.ts'
import { withSection } from '../marked-section.ts'
import { type Command, readOptions } from '../run-script.ts'

const usage = `npm run events                writes events.schema.json and docs/events.md from the topics
npm run events -- --check     fails where they are not current, and where a payload breaks consumers of
                              events.released.json without a new version of its topic
npm run events -- --release   makes events.schema.json the released one; before npm run schema:diff -- --release, which
                              empties schema.changes.md
npm run events -- --begin     does so without a comparison: the contract of another domain begins`

const options = {
  check: { type: 'boolean' },
  release: { type: 'boolean' },
  begin: { type: 'boolean' },
  in: { type: 'string' },
} as const

export const events: Command = { usage, run }

async function run(args: string[]): Promise<string> {
  const { check, release, begin, in: folder } = readOptions(options, args)
  const files = filesIn(folder ?? join(import.meta.dirname, '../..'))
  const current = await currentFiles(files)
  if (!check && !release && !begin) {
    for (const { path, text } of current) await writeFile(path, text)
    return 'Wrote events.schema.json and docs/events.md.'
  }
  for (const { name, path, text } of current) {
    if ((await readFile(path, 'utf8')) !== text) throw new Error(`${name} is not current: npm run events`)
  }
  const found = begin ? undefined : await compare(files)
  if (found && found.violations.length > 0) throw new Error(refusal(found.violations))
  if (found && !release) return report(found)
  await writeFile(files.released, await readFile(files.contract))
  return 'events.released.json is events.schema.json.'
}

type Files = ReturnType<typeof filesIn>

function filesIn(folder: string) {
  return {
    contract: join(folder, 'events.schema.json'),
    released: join(folder, 'events.released.json'),
    page: join(folder, 'docs/events.md'),
    reasons: join(folder, 'schema.changes.md'),
  }
}

async function currentFiles({ contract, page }: Files) {
  const { topics } = domain
  return [
    { name: 'events.schema.json', path: contract, text: printContract(contractOf(topics)) },
    {
      name: 'docs/events.md',
      path: page,
      text: withSection(await readFile(page, 'utf8'), 'topics', eventTables(topics)),
    },
  ]
}

async function compare({ contract, released, reasons }: Files): Promise<EventCompatibility> {
  return eventCompatibility({
    released: parseContract(await readFile(released, 'utf8')),
    current: parseContract(await readFile(contract, 'utf8')),
    reasons: reasonsIn(await readFile(reasons, 'utf8')),
  })
}

function refusal(violations: readonly string[]): string {
  return `The payloads of events break consumers of the last release:
${bulletList(violations)}

Add a field beside the old one, or raise \`version\` of the topic, which tells consumers. A topic that must go gets a line in
schema.changes.md, | \`EventTopic.VALUE\` | reason |.`
}

function report({ excused, dangerous }: EventCompatibility): string {
  const parts = [
    'events.schema.json and docs/events.md are current, and compatible with events.released.json.',
    excused.length > 0 && `These break consumers, and may:\n${bulletList(excused)}`,
    dangerous.length > 0 && `Consumers may stumble over these:\n${bulletList(dangerous)}`,
  ]
  return parts.filter((part) => part !== false).join('\n')
}
