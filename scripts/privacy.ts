import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseConfig } from '../src/platform/config/config.ts'
import { isModel } from '../src/platform/database/data-model.ts'
import { problemsOf } from '../src/platform/persons/check-personal-data.ts'
import { platformData } from '../src/platform/persons/platform-data.ts'
import { legalGrounds, type PersonalModel, type Purpose } from '../src/platform/privacy/map/personal-data.ts'
import { retentionSchedule } from '../src/retention.ts'
import { domain, schema } from '../src/schema.ts'
import { bulletList, tableRow } from './markdown.ts'
import { withSection } from './marked-section.ts'
import { onlyChecks, runScript } from './run-script.ts'

const usage = `npm run privacy              writes the record of processing into docs/privacy.md from the map of personal data
npm run privacy -- --check   fails where a personal column has no entry in the map, or the page says something else`

const path = join(import.meta.dirname, '../docs/privacy.md')
const { personalData: data } = domain

await runScript(usage, async () => {
  const isCheck = onlyChecks()
  const problems = problemsOf({ data, schema, rowPolicies: domain.rowPolicies })
  if (problems.length > 0) throw new Error(`The map of personal data is not whole:\n${bulletList(problems)}`)
  const committed = await readFile(path, 'utf8')
  const sections = {
    purposes: purposesTable(),
    duties: dutiesTable(),
    columns: columnsTable(),
    platform: platformTable(),
    retention: retentionTable(),
    impersonal: impersonalTable(),
  }
  const current = Object.entries(sections).reduce((text, [name, drawn]) => withSection(text, name, drawn), committed)
  const undecided = data.undecided ?? []
  if (undecided.length > 0)
    console.log(`Nobody has decided yet whether these columns are personal: ${undecided.join(', ')}.`)
  if (!isCheck) {
    await writeFile(path, current)
    return console.log('Wrote docs/privacy.md.')
  }
  if (committed !== current) throw new Error('docs/privacy.md says something else than the map: npm run privacy')
  console.log('The map of personal data is whole, and docs/privacy.md is current.')
})

function table(head: readonly string[], rows: readonly (readonly string[])[], none: string): string {
  if (rows.length === 0) return none
  return [tableRow(head), tableRow(head.map(() => '---')), ...rows.map(tableRow)].join('\n')
}

function purposesTable(): string {
  const rows = Object.entries<Purpose>(data.purposes).map(([name, { about, ground, keep }]) => {
    return [name, about, legalGrounds[ground], keep]
  })
  return table(['purpose', 'why', 'legal ground', 'how long'], rows, 'No purpose is named yet.')
}

function dutiesTable(): string {
  const rows = Object.entries(data.duties).map(([name, { about, years }]) => [name, about, `${years} years`])
  return table(['duty', 'the law', 'how long'], rows, 'No law keeps anything.')
}

function columnsTable(): string {
  const rows = Object.entries<PersonalModel<string> | undefined>(data.models).flatMap(([model, personal]) => {
    if (!personal) return []
    const whose = isModel(personal.subject)
      ? (data.subjects[personal.subject]?.about ?? personal.subject)
      : personal.subject
    const way = personal.path === undefined ? '' : `by \`${personal.path}\``
    const columns = Object.entries(personal.columns).flatMap(([name, column]) => (column ? [{ name, ...column }] : []))
    if (columns.length === 0) return [[model, 'only that it belongs to them', whose, way, '', 'stays']]
    return columns.map(({ name, purpose, keptBy }) => [
      model,
      `\`${name}\``,
      whose,
      way,
      purpose,
      erasureOf(personal, keptBy),
    ])
  })
  return table(['object', 'field', 'of', 'found', 'purpose', 'at an erasure'], rows, 'The map is empty.')
}

function erasureOf({ subject, isDeleted }: PersonalModel<string>, keptBy: string | undefined): string {
  if (!isModel(subject)) return 'by hand'
  const done = isDeleted ? 'deleted' : 'overwritten'
  return keptBy === undefined ? done : `${done}; the duty \`${keptBy}\` keeps it encrypted`
}

function platformTable(): string {
  const rows = Object.entries(platformData).map(([model, { about, keep }]) => [model, about, keep])
  return table(['table', 'what it has', 'rule of retention'], rows, '')
}

function retentionTable(): string {
  const config = parseConfig({ NODE_ENV: 'development' })
  const rows = retentionSchedule(config, domain).map(({ name, keep }) => [name, keep])
  return table(['rule', 'kept for'], rows, '')
}

function impersonalTable(): string {
  const named = Object.entries(data.impersonal)
  const open = (data.undecided ?? []).map((name) => [name, '**Nobody has decided yet.**'] as const)
  return table(['field', 'why it is not personal'], [...named, ...open], 'Nothing looks personal without being it.')
}
