import type { Column } from './catalogue.ts'

/** How the values of a column are read and shown. */
export interface ValueType {
  /** Prisma's type: a scalar, or the name of an enum. */
  prisma: string
  /** Its attribute, where it is not that of the type: `Timestamptz(3)`. */
  native?: string
  /** The type in the API. */
  graphql: GraphQLScalar | 'enum'
  /** Digits behind the point of a decimal number, where they are fixed. */
  scale?: number
  isList: boolean
}

/** The scalars that a generated domain uses. */
type GraphQLScalar =
  | 'String'
  | 'Int'
  | 'Float'
  | 'Boolean'
  | 'BigInt'
  | 'Byte'
  | 'Date'
  | 'DateTime'
  | 'Decimal'
  | 'Duration'
  | 'IP'
  | 'JSON'
  | 'LocalTime'
  | 'MAC'
  | 'Time'
  | 'UUID'

/** A column that cannot be read: why, and what to do. */
export interface Unshown {
  reason: string
  advice: string
}

interface Mapping {
  prisma: string
  graphql: GraphQLScalar
  /** Prisma's attribute; a number in the type of the column follows it: `VarChar(40)`. */
  native?: string
}

const mappings: Record<string, Mapping | undefined> = {
  int2: { prisma: 'Int', graphql: 'Int', native: 'SmallInt' },
  int4: { prisma: 'Int', graphql: 'Int' },
  int8: { prisma: 'BigInt', graphql: 'BigInt' },
  numeric: { prisma: 'Decimal', graphql: 'Decimal', native: 'Decimal' },
  float4: { prisma: 'Float', graphql: 'Float', native: 'Real' },
  float8: { prisma: 'Float', graphql: 'Float' },
  bool: { prisma: 'Boolean', graphql: 'Boolean' },
  text: { prisma: 'String', graphql: 'String' },
  varchar: { prisma: 'String', graphql: 'String', native: 'VarChar' },
  bpchar: { prisma: 'String', graphql: 'String', native: 'Char' },
  citext: { prisma: 'String', graphql: 'String', native: 'Citext' },
  xml: { prisma: 'String', graphql: 'String', native: 'Xml' },
  bit: { prisma: 'String', graphql: 'String', native: 'Bit' },
  varbit: { prisma: 'String', graphql: 'String', native: 'VarBit' },
  uuid: { prisma: 'String', graphql: 'UUID', native: 'Uuid' },
  // Prisma has no name for these types. A String without an attribute is read as the text of its column.
  name: { prisma: 'String', graphql: 'String' },
  char: { prisma: 'String', graphql: 'String' },
  interval: { prisma: 'String', graphql: 'Duration' },
  timetz: { prisma: 'String', graphql: 'Time' },
  cidr: { prisma: 'String', graphql: 'IP' },
  macaddr: { prisma: 'String', graphql: 'MAC' },
  macaddr8: { prisma: 'String', graphql: 'String' },
  inet: { prisma: 'String', graphql: 'IP', native: 'Inet' },
  money: { prisma: 'Decimal', graphql: 'Decimal', native: 'Money' },
  date: { prisma: 'DateTime', graphql: 'Date', native: 'Date' },
  time: { prisma: 'DateTime', graphql: 'LocalTime', native: 'Time' },
  timestamp: { prisma: 'DateTime', graphql: 'DateTime', native: 'Timestamp' },
  timestamptz: { prisma: 'DateTime', graphql: 'DateTime', native: 'Timestamptz' },
  json: { prisma: 'Json', graphql: 'JSON', native: 'Json' },
  jsonb: { prisma: 'Json', graphql: 'JSON' },
  bytea: { prisma: 'Bytes', graphql: 'Byte' },
}

const viaView = 'A view can show it as another type.'

const isRange = /range$/

const unshown: Record<string, Unshown | undefined> = {
  tsvector: { reason: 'is an index for text search, not a value', advice: 'Nothing is to be done.' },
  tsquery: { reason: 'is a text search, not a value', advice: 'Nothing is to be done.' },
}

/** How a column is shown, or why it is not. `enumName` gives the name of an enum in the models, by its schema and name. */
export function valueTypeOf(column: Column, enumName: (type: string) => string | undefined): ValueType | Unshown {
  const { base, baseKind, baseSchema, isList, type } = column
  if (column.hasDimensions) return { reason: 'is a list of lists, which Prisma cannot read', advice: viaView }
  if (baseKind === 'e') {
    const name = enumName(`${baseSchema}.${base}`)
    if (name !== undefined) return { prisma: name, graphql: 'enum', isList }
  }
  const isBuiltIn = baseSchema === 'pg_catalog' || base === 'citext'
  const mapping = isBuiltIn ? mappings[base] : undefined
  if (mapping) return { ...shownAs(mapping, type), isList }
  if (isBuiltIn && isRange.test(base))
    return { reason: `is a range (${type})`, advice: 'A view can show its two ends.' }
  return (
    (isBuiltIn ? unshown[base] : undefined) ?? {
      reason: `is of the type ${type}, which Prisma cannot read`,
      advice: viaView,
    }
  )
}

function shownAs({ prisma, native, graphql }: Mapping, type: string): Omit<ValueType, 'isList'> {
  if (native === undefined) return { prisma, graphql }
  const size = /\(([\d,]+)\)/.exec(type)?.[1]
  const scale = native === 'Decimal' ? size?.split(',')[1] : undefined
  return {
    prisma,
    graphql,
    ...(native === 'Decimal' && size === undefined
      ? {}
      : { native: size === undefined ? native : `${native}(${size})` }),
    ...(scale === undefined ? {} : { scale: Number(scale) }),
  }
}

export function isShown(value: ValueType | Unshown): value is ValueType {
  return 'prisma' in value
}
