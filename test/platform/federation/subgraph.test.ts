import { composeServices } from '@theguild/federation-composition'
import { type GraphQLSchema, isObjectType, parse } from 'graphql'
import { describe, expect, it } from 'vitest'
import { printSubgraph } from '../../../src/platform/federation/print-subgraph.ts'
import { nodeTypes } from '../../../src/platform/graphql/node.ts'
import { guardedFields } from '../../../src/platform/graphql/shield.ts'
import { schema, subgraphSchema } from '../../../src/schema.ts'

const subgraph = subgraphSchema()
const sdl = printSubgraph(subgraph)

describe('the schema as a subgraph', () => {
  it('has all fields of the schema, and two more', () => {
    const fields = fieldsIn(subgraph)
    expect(fields.filter((name) => !fieldsIn(schema).includes(name))).toEqual([
      'Query._entities',
      'Query._service',
      '_Service.sdl',
    ])
    expect(fieldsIn(schema).filter((name) => !fields.includes(name))).toEqual([])
  })

  it('composes alone, and every type that node finds is an entity by its id', () => {
    const { supergraphSdl, errors } = composeServices([{ name: 'frontdoor', typeDefs: parse(sdl), url: 'http://f' }])
    expect(errors ?? []).toEqual([])
    for (const { name } of nodeTypes(schema))
      expect(supergraphSdl).toMatch(new RegExp(`type ${name}\\b[^{]*@join__type\\(graph: FRONTDOOR, key: "id"\\)`))
    expect(nodeTypes(schema).length).toBeGreaterThan(3)
  })

  it('says in @requiresScopes or @authenticated who may use each field that has a rule', () => {
    const guarded = guardedFields(subgraph)
    const directed = sdl.match(/@(requiresScopes|authenticated)\b(?!")/g) ?? []
    expect(guarded.length).toBeGreaterThan(10)
    expect(directed).toHaveLength(guarded.length)
  })
})

describe('a supergraph', () => {
  const other = (query: string) => `
    extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@shareable"])
    type Query { ${query} }
    interface Node { id: ID! }
    type Thing implements Node @key(fields: "id") { id: ID!  page: PageInfo! }
    type PageInfo @shareable { hasNextPage: Boolean!  hasPreviousPage: Boolean!  startCursor: String  endCursor: String }
  `
  const errorsWith = (query: string) => {
    const { errors = [] } = composeServices([
      { name: 'frontdoor', typeDefs: parse(sdl), url: 'http://f' },
      { name: 'other', typeDefs: parse(other(query)), url: 'http://o' },
    ])
    return errors.map(({ extensions }) => extensions?.code)
  }

  it('can have another subgraph with nodes and pages, but only one with the field node', () => {
    expect(errorsWith('thing: Thing')).toEqual([])
    expect(errorsWith('node(id: ID!): Node')).toEqual(['INVALID_FIELD_SHARING'])
  })
})

function fieldsIn(of: GraphQLSchema): string[] {
  const types = Object.values(of.getTypeMap()).filter((type) => isObjectType(type) && !type.name.startsWith('__'))
  return types.flatMap((type) =>
    isObjectType(type) ? Object.keys(type.getFields()).map((name) => `${type.name}.${name}`) : [],
  )
}
