import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { settings } from '../src/platform/config/config.ts'
import { errorCatalogue } from '../src/platform/errors.ts'
import { withEmbeddedCode } from './embedded-code.ts'
import { withSection } from './marked-section.ts'
import { onlyChecks, runScript } from './run-script.ts'

const usage = `npm run readme              writes tables of settings and errors into README.md, and code into docs/clients.md
npm run readme -- --check   fails where they are not what the code has`

const root = join(import.meta.dirname, '..')

await runScript(usage, async () => {
  const isCheck = onlyChecks()
  await bring('README.md', (page) =>
    withSection(withSection(page, 'settings', settingsTable()), 'errors', errorsTable()),
  )
  await bring('docs/clients.md', (page) => withEmbeddedCode(page, root))

  async function bring(name: string, update: (page: string) => string | Promise<string>): Promise<void> {
    const path = join(root, name)
    const committed = await readFile(path, 'utf8')
    const current = await update(committed)
    if (isCheck && committed !== current) throw new Error(`${name} is not what the code has: npm run readme`)
    if (!isCheck) await writeFile(path, current)
    console.log(isCheck ? `${name} is current.` : `Brought ${name} up to date.`)
  }
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
