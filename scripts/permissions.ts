import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type GraphQLObjectType, isObjectType } from 'graphql'
import type { Need } from '../src/platform/auth/rule.ts'
import { ruleOf } from '../src/platform/graphql/shield.ts'
import { audienceSchemas, domain, schema } from '../src/schema.ts'
import { tableRow } from './markdown.ts'
import { withSection } from './marked-section.ts'
import { onlyChecks, runScript } from './run-script.ts'

const usage = `npm run permissions              writes the tables of docs/permissions.md from the roles, and from the rules of the schema
npm run permissions -- --check   fails where the page has other roles or rules than the code`

const path = join(import.meta.dirname, '../docs/permissions.md')

interface Row {
  /** `Thing.name` */
  field: string
  /** The audiences whose endpoints have it. */
  audiences: readonly string[]
  needs: readonly Need[]
}

await runScript(usage, async () => {
  const isCheck = onlyChecks()
  const committed = await readFile(path, 'utf8')
  const sections = {
    roles: rolesTable(),
    mutations: table(rowsOf(['Mutation'])),
    queries: table(rowsOf(['Query'])),
    subscriptions: table(rowsOf(['Subscription'])),
    // A rule that denies nobody says only that the object is visible.
    fields: table(rowsOf(otherTypes()).filter(({ needs }) => needs.length > 0)),
  }
  const current = Object.entries(sections).reduce((text, [name, drawn]) => withSection(text, name, drawn), committed)
  if (!isCheck) {
    await writeFile(path, current)
    return console.log('Wrote docs/permissions.md.')
  }
  if (committed !== current)
    throw new Error('docs/permissions.md has other roles or rules than the code: npm run permissions')
  console.log('docs/permissions.md is current.')
})

/** A row for each scope, a column for each role. */
function rolesTable(): string {
  const { roles, scopes } = domain
  const sets = Object.values(roles).map((role) => new Set(role))
  const body = Object.entries(scopes).map(([scope, sentence]) =>
    tableRow([`\`${scope}\``, sentence, ...sets.map((set) => (set.has(scope) ? '●' : ''))]),
  )
  const head = [
    tableRow(['scope', 'what it allows', ...Object.keys(roles)]),
    tableRow(['---', '---', ...sets.map(() => ':-:')]),
  ]
  return [...head, ...body].join('\n')
}

function objectTypes(): GraphQLObjectType[] {
  return Object.values(schema.getTypeMap()).filter(isObjectType)
}

function otherTypes(): string[] {
  const named = objectTypes().map(({ name }) => name)
  return named.filter((name) => !['Query', 'Mutation', 'Subscription'].includes(name) && !name.startsWith('__')).sort()
}

/** Each field with a rule, in the order of types and field names. */
function rowsOf(types: readonly string[]): Row[] {
  return types.flatMap((name) => {
    const type = objectTypes().find((object) => object.name === name)
    const fields = Object.values(type?.getFields() ?? {}).sort((a, b) => (a.name < b.name ? -1 : 1))
    return fields.flatMap((field): Row[] => {
      const rule = type && ruleOf(type, field)
      return rule
        ? [{ field: `${name}.${field.name}`, audiences: audiencesOf(name, field.name), needs: rule.needs }]
        : []
    })
  })
}

function audiencesOf(typeName: string, field: string): string[] {
  return [...audienceSchemas].flatMap(([audience, part]) => {
    const type = part.getType(typeName)
    return isObjectType(type) && field in type.getFields() ? [audience] : []
  })
}

/** A column for each need, with a dot where the need is enough. */
function table(rows: readonly Row[]): string {
  const asked = rows.flatMap(({ needs }) => (needs.length === 0 ? ['anyone'] : needs.map(columnOf)))
  // Kinds of viewers first, then scopes.
  const columns = [...new Set(asked)].sort((a, b) => Number(isScope(a)) - Number(isScope(b)) || (a < b ? -1 : 1))
  // Where there are none, every field is the back office's alone.
  const hasAudiences = audienceSchemas.size > 0
  const body = rows.map(({ field, audiences, needs }) => {
    const enough = needs.length === 0 ? columns : needs.map(columnOf)
    const others = hasAudiences ? [audiences.join(', ')] : []
    return tableRow([`\`${field}\``, ...others, ...columns.map((column) => (enough.includes(column) ? '●' : ''))])
  })
  const said = hasAudiences ? ['audience'] : []
  const head = [
    tableRow(['field', ...said, ...columns]),
    tableRow(['---', ...said.map(() => '---'), ...columns.map(() => ':-:')]),
  ]
  return [...head, ...body].join('\n')
}

function columnOf(need: Need): string {
  return 'kind' in need ? need.kind : `\`${need.scope}\``
}

function isScope(column: string): boolean {
  return column.startsWith('`')
}
