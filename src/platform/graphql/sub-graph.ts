import { MapperKind, mapSchema } from '@graphql-tools/utils'
import { PothosSubGraphPlugin } from '@pothos/plugin-sub-graph'
import {
  type GraphQLField,
  type GraphQLNamedType,
  type GraphQLObjectType,
  type GraphQLSchema,
  getNamedType,
  isInterfaceType,
  isIntrospectionType,
  isObjectType,
  isSpecifiedScalarType,
} from 'graphql'
import { backOfficeOnly, everyAudience } from './audiences.ts'
import { builder } from './builder.ts'
import type { EnumValueExtensions } from './enum-value-extensions.ts'
import { modelOf } from './row-type.ts'
import { isRootType } from './shield.ts'

type Part = Pick<GraphQLNamedType | GraphQLField<unknown, unknown>, 'extensions'>

/**
 * The parts of the schema that the endpoints of these audiences serve, by audience.
 *
 * A type of rows is in a part where it says so, and its fields with it, but for those that say something else. A field at
 * the root says so itself. What they are made of (connections, payloads, inputs, enums, scalars) follows: it is there where
 * a field leads to it. A list of rows that are not there is not there either.
 */
export function subGraphsOf(schema: GraphQLSchema, audiences: readonly string[]): Map<string, GraphQLSchema> {
  const known = new Set([...audiences, ...everyAudience, ...backOfficeOnly])
  for (const type of Object.values(schema.getTypeMap())) {
    // The types of the language are in every schema of the process, and in each part.
    if (isIntrospectionType(type) || isSpecifiedScalarType(type)) continue
    requireKnown(type, known)
    mark(type, schema, audiences)
  }
  return new Map(audiences.map((audience) => [audience, subGraphOf(schema, audience)]))
}

function subGraphOf(schema: GraphQLSchema, audience: string): GraphQLSchema {
  const part = PothosSubGraphPlugin.createSubGraph(schema, audience, builder)
  return mapSchema(part, {
    [MapperKind.ENUM_VALUE]: ({ extensions }) => {
      const { subGraphs = [audience], of }: EnumValueExtensions = extensions ?? {}
      return subGraphs.includes(audience) && (of === undefined || has(part, of)) ? undefined : null
    },
  })
}

function has(schema: GraphQLSchema, coordinate: string): boolean {
  const [typeName = '', fieldName] = coordinate.split('.')
  const type = schema.getType(typeName)
  return fieldName === undefined ? type !== undefined : isObjectType(type) && fieldName in type.getFields()
}

/** Names the audiences in `subGraphs` of all that follows from what the domain says, where plugin-sub-graph looks. */
function mark(type: GraphQLNamedType, schema: GraphQLSchema, audiences: readonly string[]): void {
  const fields = fieldsOf(type)
  for (const part of [type, ...fields]) {
    if (namedBy(part).some((name) => everyAudience.includes(name))) name(part, audiences)
  }
  if (isObjectType(type) && isRootType(schema, type)) name(type, audiences)
  else if (!isOfRows(type) && namedBy(type).length === 0) {
    const rows = isObjectType(type) ? rowsIn(type) : undefined
    const own = rows && isOfRows(rows) ? namedBy(rows) : audiences
    name(type, own)
    for (const field of fields) if (namedBy(field).length === 0) name(field, own)
  }
}

function requireKnown(type: GraphQLNamedType, known: ReadonlySet<string>): void {
  const unknown = [type, ...fieldsOf(type)].flatMap(namedBy).find((name) => !known.has(name))
  if (unknown !== undefined) throw new Error(`${type.name}: there is no audience ${unknown}`)
}

function fieldsOf(type: GraphQLNamedType): GraphQLField<unknown, unknown>[] {
  return isObjectType(type) || isInterfaceType(type) ? Object.values(type.getFields()) : []
}

function name(part: Part, audiences: readonly string[]): void {
  part.extensions = { ...part.extensions, subGraphs: audiences }
}

function namedBy({ extensions: { subGraphs } }: Part): readonly string[] {
  return Array.isArray(subGraphs) ? subGraphs : []
}

/** The edge of a join table is none: clients see no row of such a table there. */
function isOfRows(type: GraphQLNamedType): boolean {
  return isObjectType(type) && modelOf(type) !== undefined && rowsIn(type) === undefined
}

/** The rows that an edge or a connection leads to. */
function rowsIn(type: GraphQLObjectType): GraphQLNamedType | undefined {
  const { node, edges, cursor, pageInfo } = type.getFields()
  if (node && cursor) return getNamedType(node.type)
  const edge = edges && pageInfo && getNamedType(edges.type)
  return isObjectType(edge) ? rowsIn(edge) : undefined
}
