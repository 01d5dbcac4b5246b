// npm run permissions              writes docs/permissions.md, who may use what, from the rules of the schema
// npm run permissions -- --check   fails where it is not what the code has
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type GraphQLObjectType, isObjectType } from 'graphql'
import type { Need } from '../src/platform/auth/rule.ts'
import { ruleOf } from '../src/platform/auth/shield.ts'
import { schema } from '../src/schema.ts'
import { withSection } from './marked-section.ts'
import { runScript } from './run-script.ts'

const path = join(import.meta.dirname, '../docs/permissions.md')

interface Row {
  field: string
  needs: readonly Need[]
}

await runScript(async () => {
  const committed = await readFile(path, 'utf8')
  const sections = { mutations: rowsOf(['Mutation']), queries: rowsOf(['Query']), fields: rowsOf(otherTypes()) }
  const current = Object.entries(sections).reduce(
    (text, [name, rows]) => withSection(text, name, table(rows)),
    committed,
  )
  if (!process.argv.includes('--check')) {
    await writeFile(path, current)
    return console.log('Wrote docs/permissions.md.')
  }
  if (committed !== current) throw new Error('docs/permissions.md is not what the code has: npm run permissions')
  console.log('docs/permissions.md is current.')
})

function objectTypes(): GraphQLObjectType[] {
  return Object.values(schema.getTypeMap()).filter(isObjectType)
}

function otherTypes(): string[] {
  const named = objectTypes().map(({ name }) => name)
  return named.filter((name) => !['Query', 'Mutation', 'Subscription'].includes(name) && !name.startsWith('__')).sort()
}

/** Each field with a rule, in the order of the types and of their fields' names. */
function rowsOf(types: readonly string[]): Row[] {
  return types.flatMap((name) => {
    const type = objectTypes().find((object) => object.name === name)
    const fields = Object.values(type?.getFields() ?? {}).sort((a, b) => (a.name < b.name ? -1 : 1))
    return fields.flatMap((field): Row[] => {
      const rule = type && ruleOf(type, field)
      return rule ? [{ field: `${name}.${field.name}`, needs: rule.needs }] : []
    })
  })
}

/** A column for each need that a row has; a dot where it is enough. */
function table(rows: readonly Row[]): string {
  const asked = rows.flatMap(({ needs }) => (needs.length === 0 ? ['anyone'] : needs.map(columnOf)))
  // Kinds of viewers first, then scopes.
  const columns = [...new Set(asked)].sort((a, b) => Number(isScope(a)) - Number(isScope(b)) || (a < b ? -1 : 1))
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  const body = rows.map(({ field, needs }) => {
    const enough = needs.length === 0 ? columns : needs.map(columnOf)
    return line([`\`${field}\``, ...columns.map((column) => (enough.includes(column) ? '●' : ''))])
  })
  return [line(['field', ...columns]), line(['---', ...columns.map(() => ':-:')]), ...body].join('\n')
}

function columnOf(need: Need): string {
  return 'kind' in need ? need.kind : `\`${need.scope}\``
}

function isScope(column: string): boolean {
  return column.startsWith('`')
}
