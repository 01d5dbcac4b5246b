import { sayNeeds } from '../src/platform/auth/rule.ts'
import { enumValueOf, type Topic } from '../src/platform/events/topic.ts'
import { byName, formOf, type PayloadForm } from './event-contract.ts'
import { tableRow } from './markdown.ts'

/** The tables of docs/events.md: all topics, then the payload of each. */
export function eventTables(topics: readonly Topic[]): string {
  const sorted = byName(topics)
  return [overview(sorted), ...sorted.map(payload)].join('\n\n')
}

function overview(topics: readonly Topic[]): string {
  const rows = topics.map((topic) => {
    const { name, version, aggregate } = topic
    const link = `[\`${name}\`](#${name.replaceAll('.', '')})`
    return tableRow([link, `\`${enumValueOf(name)}\``, String(version), `\`${aggregate}\``, seers(topic)])
  })
  return [
    tableRow(['topic', '`EventTopic`', 'version', 'subject', 'who sees it']),
    tableRow(Array(5).fill('---')),
    ...rows,
  ].join('\n')
}

function seers({ seenBy, owner }: Topic): string {
  if (seenBy.needs.length === 0) return 'everyone'
  return owner === undefined ? sayNeeds(seenBy) : `${sayNeeds(seenBy)}, and the \`${owner}\` that owns the subject`
}

function payload(topic: Topic): string {
  const { name, about, detail } = topic
  const restricted = detail && `Only viewers with ${sayNeeds(detail.seenBy)} see ${namesOf(detail.fields)}.`
  const table = [tableRow(['field', 'type', 'what it is']), tableRow(Array(3).fill('---')), ...fields(formOf(topic))]
  return [`### ${name}`, [about, restricted].filter(Boolean).join(' '), table.join('\n')].join('\n\n')
}

function namesOf(fields: readonly string[]): string {
  const names = fields.map((name) => `\`${name}\``)
  return [names.slice(0, -1).join(', '), names.at(-1)].filter(Boolean).join(' and ')
}

function fields(form: PayloadForm, prefix = ''): string[] {
  return Object.entries(form.properties ?? {}).flatMap(([name, field]) => {
    const path = `${prefix}${name}`
    const type = form.required?.includes(name) ? typeOf(field) : `${typeOf(field)}, or absent`
    return [
      tableRow([`\`${path}\``, type, field.description ?? '']),
      ...fields(field, `${path}.`),
      ...itemFields(path, field),
    ]
  })
}

function itemFields(path: string, { items }: PayloadForm): string[] {
  return items ? fields(items, `${path}[].`) : []
}

function typeOf(form: PayloadForm): string {
  if (form.enum) return form.enum.map((value) => `\`${String(value)}\``).join(', ')
  const types = [form.type ?? 'any'].flat()
  return types.map((type) => (type === 'array' && form.items ? `array of ${typeOf(form.items)}` : type)).join(' or ')
}
