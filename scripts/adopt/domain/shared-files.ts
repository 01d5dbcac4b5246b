import type { NamedEnum, Plan } from '../noun.ts'
import { isShown } from '../value-types.ts'
import { spoken } from '../words.ts'
import { description, quoted, type WrittenFile } from './code.ts'
import { filtersOf, type RangeType, sortsOf } from './list-options.ts'

/** What several nouns use: enums, ranges of filters, and scalars that are not in every schema. */
export function sharedFiles(plan: Plan, folder: string): WrittenFile[] {
  const ranges = rangesOf(plan)
  const scalars = scalarsOf(plan)
  return [
    ...plan.enums.map((named) => ({
      path: `${folder}/${spoken(named.name).replaceAll(' ', '-')}.ts`,
      text: enumFile(named),
    })),
    ...(ranges.length > 0 ? [{ path: `${folder}/ranges.ts`, text: rangesFile(ranges) }] : []),
    ...(scalars.length > 0 ? [{ path: `${folder}/scalars.ts`, text: scalarsFile(scalars) }] : []),
  ]
}

function enumFile({ name, source, values }: NamedEnum): string {
  const members = values.map(({ graphql, prisma }) => {
    const value = graphql === prisma ? '' : `value: ${quoted(prisma)}, `
    return `${graphql}: { ${value}description: ${description(null, graphql.replaceAll('_', ' ').trim().toLowerCase())} }`
  })
  return `import { builder } from '../platform/graphql/builder.ts'

export const ${name} = builder.enumType(${quoted(name)}, {
  description: ${description(source.comment, `The ${spoken(name)}`)},
  values: { ${members.join(',\n')} } as const,
})
`
}

function rangesOf({ nouns }: Plan): RangeType[] {
  const used = nouns.filter((noun) => sortsOf(noun).length > 0).flatMap(filtersOf)
  return [...new Set(used.flatMap(({ range }) => range ?? []))].sort()
}

const rangeFields: Record<RangeType, string> = {
  IntRange: 't.int(',
  FloatRange: 't.float(',
  BigIntRange: `t.field({ type: 'BigInt', `,
  DateRange: `t.field({ type: 'Date', `,
  DateTimeRange: `t.field({ type: 'DateTime', `,
  DecimalRange: `t.field({ type: 'Decimal', `,
}

function rangesFile(ranges: readonly RangeType[]): string {
  const types = ranges.map((range) => {
    const start = rangeFields[range]
    const field = (says: string) =>
      start.endsWith('(') ? `${start}{ description: ${quoted(says)} })` : `${start}description: ${quoted(says)} })`
    return `export const ${range} = builder.inputType(${quoted(range)}, {
  description: 'A range of values; a missing end is open.',
  fields: (t) => ({ from: ${field('The smallest value that matches.')}, to: ${field('The largest value that matches.')} }),
})`
  })
  const isDays = ranges.includes('DateRange')
  const isOther = ranges.some((range) => range !== 'DateRange')
  return `import { builder } from '../platform/graphql/builder.ts'

${types.join('\n\n')}

interface Range<Value> {
  from?: Value | null
  to?: Value | null
}

/** The condition that a value is in a range, with its ends. */
${isOther ? 'export ' : ''}function between<Value>({ from, to }: Range<Value>): { gte?: Value; lte?: Value } {
  return { ...(from == null ? {} : { gte: from }), ...(to == null ? {} : { lte: to }) }
}
${
  isDays
    ? `
/** The same for days, which the client has as moments. */
export function daysBetween({ from, to }: Range<string>): { gte?: Date; lte?: Date } {
  const moment = (day: string | null | undefined) => (day == null ? day : new Date(day))
  return between({ from: moment(from), to: moment(to) })
}
`
    : ''
}`
}

const everywhere = new Set(['String', 'Int', 'Float', 'Boolean', 'Date', 'DateTime', 'Decimal', 'enum'])

function scalarsOf({ nouns }: Plan): string[] {
  const shown = nouns.flatMap(({ fields }) => fields.flatMap(({ value }) => (isShown(value) ? [value.graphql] : [])))
  return [...new Set(shown.filter((name) => !everywhere.has(name)))].sort()
}

function scalarsFile(scalars: readonly string[]): string {
  return `import { builder } from '../platform/graphql/builder.ts'
import { furtherScalars } from '../platform/graphql/further-scalars.ts'

${scalars.map((name) => `builder.addScalarType(${quoted(name)}, furtherScalars.${name})`).join('\n')}
`
}
