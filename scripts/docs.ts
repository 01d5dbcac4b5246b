import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { endpointSettings } from '../src/platform/config/endpoint-settings.ts'
import { settings } from '../src/platform/config/settings.ts'
import { sourceSettings } from '../src/platform/config/source-settings.ts'
import { errorCatalogue } from '../src/platform/errors.ts'
import { domain } from '../src/schema.ts'
import { withEmbeddedCode } from './embedded-code.ts' // shop
import { withSection } from './marked-section.ts'
import { onlyChecks, runScript } from './run-script.ts'

const usage = `npm run docs              writes what is generated in docs/settings.md, docs/errors.md and other pages
npm run docs -- --check   fails where a page is not current`

const root = join(import.meta.dirname, '..')

await runScript(usage, async () => {
  const isCheck = onlyChecks()
  await update('docs/settings.md', (page) => withSection(page, 'settings', settingsTable()))
  await update('docs/endpoints.md', (page) => withSection(page, 'endpoint settings', endpointSettingsList()))
  await update('docs/errors.md', (page) => withSection(page, 'errors', errorsTable()))
  await update('docs/clients.md', (page) => withEmbeddedCode(page, root)) // shop

  async function update(name: string, write: (page: string) => string | Promise<string>): Promise<void> {
    const path = join(root, name)
    const committed = await readFile(path, 'utf8')
    const current = await write(committed)
    if (isCheck && committed !== current) throw new Error(`${name} is not current: npm run docs`)
    if (!isCheck) await writeFile(path, current)
    console.log(isCheck ? `${name} is current.` : `Wrote ${name}.`)
  }
})

function settingsTable(): string {
  const rows = Object.entries({ ...settings, ...sourceSettings(domain.remoteSources ?? []) }).map(([name, schema]) => {
    return `| \`${name}\` | ${defaultOf(schema)} | ${schema.description ?? ''} |`
  })
  return ['| variable | default | what it is |', '| --- | --- | --- |', ...rows].join('\n')
}

function endpointSettingsList(): string {
  return endpointSettings.map((name) => `- \`${name}\``).join('\n')
}

function defaultOf(schema: z.ZodType): string {
  const text = schema.meta()?.default
  if (typeof text === 'string') return text
  return schema instanceof z.ZodDefault ? `\`${String(schema.def.defaultValue)}\`` : 'none'
}

function errorsTable(): string {
  const rows = Object.entries(errorCatalogue).map(
    ([code, { status, meaning }]) => `| \`${code}\` | ${status} | ${meaning} |`,
  )
  return ['| code | status | what it means |', '| --- | --- | --- |', ...rows].join('\n')
}
