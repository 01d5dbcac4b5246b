import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { settings } from '../src/platform/config.ts'
import { errorCatalogue } from '../src/platform/errors.ts'
import { withSection } from './marked-section.ts'
import { onlyChecks, runScript } from './run-script.ts'

const usage = `npm run readme              writes the tables of settings and errors into README.md
npm run readme -- --check   fails where they are not what the code has`

const path = join(import.meta.dirname, '../README.md')

await runScript(usage, async () => {
  const isCheck = onlyChecks()
  const committed = await readFile(path, 'utf8')
  const current = withSection(withSection(committed, 'settings', settingsTable()), 'errors', errorsTable())
  if (!isCheck) {
    await writeFile(path, current)
    return console.log('Wrote the tables of README.md.')
  }
  if (committed !== current) throw new Error('The tables of README.md are not what the code has: npm run readme')
  console.log('The tables of README.md are current.')
})

function settingsTable(): string {
  const rows = Object.entries(settings).map(([name, schema]) => {
    return `| \`${name}\` | ${defaultOf(schema)} | ${schema.description ?? ''} |`
  })
  return ['| variable | default | what it is |', '| --- | --- | --- |', ...rows].join('\n')
}

function defaultOf(schema: z.ZodType): string {
  const said = schema.meta()?.default
  if (typeof said === 'string') return said
  return schema instanceof z.ZodDefault ? `\`${String(schema.def.defaultValue)}\`` : 'none'
}

function errorsTable(): string {
  const rows = Object.entries(errorCatalogue).map(
    ([code, { status, meaning }]) => `| \`${code}\` | ${status} | ${meaning} |`,
  )
  return ['| code | status | what it means |', '| --- | --- | --- |', ...rows].join('\n')
}
