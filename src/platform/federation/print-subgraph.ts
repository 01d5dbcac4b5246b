import { MapperKind, mapSchema } from '@graphql-tools/utils'
import {
  type GraphQLField,
  type GraphQLNamedType,
  GraphQLObjectType,
  GraphQLSchema,
  getNamedType,
  getNullableType,
  isLeafType,
  isListType,
  isObjectType,
  isSpecifiedDirective,
} from 'graphql'
import type { Rule } from '../auth/rule.ts'
import { nodeTypes } from '../graphql/node.ts'
import { printContract } from '../graphql/print-contract.ts'
import { modelOf } from '../graphql/row-type.ts'
import { isRootType, ruleOf } from '../graphql/shield.ts'
import { costDirectivesOf } from '../limits/cost-directives.ts'
import { keysOf } from './entity.ts'

/** Directives of https://specs.apollo.dev/federation/v2.9, by name, as `printContract` prints them. */
type Directives = Record<string, object | readonly object[]>

const link = {
  url: 'https://specs.apollo.dev/federation/v2.9',
  import: ['@key', '@shareable', '@authenticated', '@requiresScopes', '@cost', '@listSize'],
}
/** A router knows them without the SDL. */
const ownFields: readonly string[] = ['_entities', '_service']
const ownTypes: readonly string[] = ['_Any', '_Entity', '_Service']

/** The SDL of the subgraph that an executable schema is: what a supergraph is composed of. */
export function printSubgraph(schema: GraphQLSchema): string {
  const directed = mapSchema(schema, {
    [MapperKind.TYPE]: ({ name }) => (ownTypes.includes(name) ? null : undefined),
    [MapperKind.OBJECT_TYPE]: (type) => {
      if (ownTypes.includes(type.name)) return null
      return new GraphQLObjectType(withDirectives(type.toConfig(), ofType(type, schema)))
    },
    [MapperKind.OBJECT_FIELD]: (field, name, typeName) => {
      if (ownFields.includes(name)) return null
      return withDirectives(field, ofField(schema.getType(typeName), name))
    },
  })
  const config = directed.toConfig()
  const directives = config.directives.filter(isSpecifiedDirective)
  return printContract(new GraphQLSchema({ ...withDirectives(config, { link }), directives }))
}

function withDirectives<Part extends { extensions?: object | null }>(part: Part, directives: Directives): Part {
  return { ...part, extensions: { ...part.extensions, directives } }
}

function ofType(type: GraphQLObjectType, schema: GraphQLSchema): Directives {
  const { cost } = costDirectivesOf(type)
  const isEntity = nodeTypes(schema).some(({ name }) => name === type.name)
  return {
    ...(isEntity && { key: keysOf(type).map((fields) => ({ fields })) }),
    ...(isValue(type, schema) && { shareable: {} }),
    ...(cost && { cost: weight(cost) }),
  }
}

function ofField(type: GraphQLNamedType | undefined, name: string): Directives {
  const field = isObjectType(type) ? type.getFields()[name] : undefined
  if (!field || !isObjectType(type)) return {}
  const { cost, listSize } = costDirectivesOf(field)
  return {
    ...access(ruleOf(type, field)),
    ...(cost && { cost: weight(cost) }),
    ...(listSize && { listSize: { ...listSize, ...slicedBy(listSize.slicingArguments, field) } }),
  }
}

/** Scopes can say a rule that needs nothing else. Of another one a router learns that it needs a viewer, if it does. */
function access(rule: Rule | undefined): Directives {
  if (!rule || rule.needs.length === 0) return {}
  const scopes = rule.needs.flatMap((need) => ('scope' in need ? [[need.scope]] : []))
  if (scopes.length === rule.needs.length) return { requiresScopes: { scopes } }
  return { authenticated: {} }
}

/** Federation has whole weights, and Frontdoor's are texts, as the cost specification says. */
function weight(cost: { weight: string }): { weight: number } {
  return { weight: Math.ceil(Number(cost.weight)) }
}

/** For a router only a number slices a list. */
function slicedBy(names: readonly string[] = [], { args }: GraphQLField<unknown, unknown>) {
  const numbers = args.filter(({ name, type }) => names.includes(name) && !isListType(getNullableType(type)))
  if (numbers.length === 0) return { slicingArguments: undefined }
  return { slicingArguments: numbers.map(({ name }) => name), requireOneSlicingArgument: false }
}

/** Whether objects of the type are made of values alone. Other subgraphs may then have the type too. */
function isValue(type: GraphQLObjectType, schema: GraphQLSchema, above: readonly string[] = []): boolean {
  if (isRootType(schema, type) || modelOf(type) !== undefined || above.includes(type.name)) return false
  return Object.values(type.getFields()).every((field) => {
    const of = getNamedType(field.type)
    return isLeafType(of) || (isObjectType(of) && isValue(of, schema, [...above, type.name]))
  })
}
