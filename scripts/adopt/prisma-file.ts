import type { Field, NamedEnum, Noun, Plan, Relation } from './noun.ts'
import { isShown } from './value-types.ts'

/** The models of a plan, in Prisma's language. Prisma's formatter aligns them. */
export function prismaFile({ nouns, enums }: Plan): string {
  return [heading, ...enums.map(enumBlock), ...nouns.map(modelBlock)].join('\n\n')
}

const heading = `// external: another system owns these tables. Migrations never touch them.
// A model says what the API reads; names before @map are those of the business, and change when nobody else is asked.`

function enumBlock({ source, name, values }: NamedEnum): string {
  const lines = values.map(({ prisma, label }) => (prisma === label ? prisma : `${prisma} @map(${quoted(label)})`))
  return block(source.comment, `enum ${name}`, [...lines, ...mapping(source)])
}

function modelBlock(noun: Noun): string {
  const { table, model, fields, relations, backRelations } = noun
  const isView = table.kind === 'view' || table.kind === 'materialized view' || table.kind === 'foreign table'
  return block(table.comment, `${isView ? 'view' : 'model'} ${model}`, [
    ...fields.flatMap((field) => fieldLines(noun, field)),
    ...relations.map(relationLine),
    ...backRelations.map(backLine),
    ...keyLines(noun, isView),
    ...uniqueLines(noun),
    ...(isView ? [] : indexLines(noun)),
    ...mapping(table),
  ])
}

function block(comment: string | null, head: string, lines: readonly string[]): string {
  return [...commentLines(comment), `${head} {`, ...lines.map((line) => `  ${line}`), '}'].join('\n')
}

function commentLines(comment: string | null): string[] {
  return comment === null ? [] : comment.split(/\r?\n/).map((line) => `/// ${line}`.trimEnd())
}

function mapping({ schema, name }: { schema: string; name: string }): string[] {
  return [`@@map(${quoted(name)})`, `@@schema(${quoted(schema)})`]
}

function fieldLines(noun: Noun, field: Field): string[] {
  const { name, column, value } = field
  const map = name === column.name ? [] : [`@map(${quoted(column.name)})`]
  if (!isShown(value))
    return [[name, `Unsupported(${quoted(column.type)})${column.isRequired ? '' : '?'}`, ...map].join(' ')]
  const [only, ...others] = noun.key
  const isKey = noun.key.includes(field)
  const type = `${value.prisma}${value.isList ? '[]' : column.isRequired || isKey ? '' : '?'}`
  const key = only === field && others.length === 0 ? [isTable(noun) ? '@id' : '@unique'] : []
  const attributes = [...key, ...uniqueOf(noun, field), ...defaultOf(field), ...map]
  const native = value.native === undefined ? [] : [`@db.${value.native}`]
  return [...commentLines(column.comment), [name, type, ...attributes, ...native].join(' ')]
}

function isTable({ table: { kind } }: Noun): boolean {
  return kind === 'table' || kind === 'partitioned table'
}

/** What the database does where a row does not say a value. */
function defaultOf({ column: { identity, isGenerated, default: expression }, value }: Field): string[] {
  if (!isShown(value) || value.isList || isGenerated) return []
  if (identity || expression?.startsWith('nextval(')) return ['@default(autoincrement())']
  if (expression === null) return []
  return /^(now\(\)|CURRENT_TIMESTAMP)$/.test(expression)
    ? ['@default(now())']
    : [`@default(dbgenerated(${quoted(expression)}))`]
}

function relationLine({ name, to, label, fields, toFields, isRequired }: Relation): string {
  const args = [
    ...(label === undefined ? [] : [quoted(label)]),
    `fields: [${namesOf(fields)}]`,
    `references: [${namesOf(toFields)}]`,
    // Prisma's own default would set required columns to null.
    ...(!isRequired && fields.some(({ column }) => column.isRequired)
      ? ['onDelete: NoAction', 'onUpdate: NoAction']
      : []),
  ]
  return `${name} ${to.model}${isRequired ? '' : '?'} @relation(${args.join(', ')})`
}

function backLine({ from, backName, isBackList, label }: Relation): string {
  return `${backName} ${from.model}${isBackList ? '[]' : '?'}${label === undefined ? '' : ` @relation(${quoted(label)})`}`
}

function keyLines({ key }: Noun, isView: boolean): string[] {
  if (key.length < 2) return []
  return [`${isView ? '@@unique' : '@@id'}([${namesOf(key)}])`]
}

/** Unique columns, each list of them once. That of the key is not among them. */
function uniques({ table, fields, key }: Noun): { map: string; fields: Field[] }[] {
  const indexes = table.indexes.filter(({ isUnique, condition }) => isUnique && condition === null)
  const found = indexes.map(({ name, columns }) => ({ map: name, fields: fieldsNamed(fields, columns) }))
  const seen = new Set([namesOf(key)])
  return found.flatMap(({ map, fields }) => {
    if (fields === undefined || seen.has(namesOf(fields))) return []
    seen.add(namesOf(fields))
    return [{ map, fields }]
  })
}

function uniqueOf(noun: Noun, field: Field): string[] {
  const own = uniques(noun).find(({ fields: [only, ...others] }) => only === field && others.length === 0)
  return own ? [`@unique(map: ${quoted(own.map)})`] : []
}

function uniqueLines(noun: Noun): string[] {
  const several = uniques(noun).filter(({ fields }) => fields.length > 1)
  return several.map(({ map, fields }) => `@@unique([${namesOf(fields)}], map: ${quoted(map)})`)
}

/** B-trees of whole columns, which lists are sorted and filtered by. */
function indexLines({ table, fields }: Noun): string[] {
  return table.indexes.flatMap(({ name, columns, method, isUnique, condition }) => {
    const indexed = fieldsNamed(fields, columns)
    if (isUnique || condition !== null || method !== 'btree' || indexed === undefined) return []
    return [`@@index([${namesOf(indexed)}], map: ${quoted(name)})`]
  })
}

/** The fields of these columns; undefined where one has none, or is not shown. */
function fieldsNamed(fields: readonly Field[], columns: readonly (string | null)[]): Field[] | undefined {
  const found = columns.flatMap(
    (name) => fields.find(({ column, value }) => column.name === name && isShown(value)) ?? [],
  )
  return found.length === columns.length ? found : undefined
}

function namesOf(fields: readonly Field[]): string {
  return fields.map(({ name }) => name).join(', ')
}

/** A string of Prisma's language, which has the escapes of JSON. */
function quoted(text: string): string {
  return JSON.stringify(text)
}

/** The schemas of PostgreSQL that the models are in. */
export function schemasOf({ nouns, enums }: Plan): string[] {
  return [...new Set([...nouns.map(({ table }) => table.schema), ...enums.map(({ source }) => source.schema)])]
}
