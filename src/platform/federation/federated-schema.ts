import {
  type GraphQLFieldConfig,
  GraphQLList,
  GraphQLNonNull,
  GraphQLObjectType,
  GraphQLScalarType,
  GraphQLSchema,
  GraphQLString,
  GraphQLUnionType,
  valueFromASTUntyped,
} from 'graphql'
import { everyone } from '../auth/rule.ts'
import type { Context } from '../context.ts'
import { entityTypes } from './entity.ts'
import { loadEntities } from './load-entities.ts'
import { printSubgraph } from './print-subgraph.ts'

/** The most representations of one `_entities`. */
const maxEntities = 100

type Field<Arguments> = GraphQLFieldConfig<unknown, Context, Arguments>

/**
 * The schema as a subgraph of Apollo Federation 2: with `_entities`, by which a router reads objects whose keys it has, and
 * `_service`, by which it reads the SDL.
 * https://www.apollographql.com/docs/graphos/schema-design/federated-schemas/reference/subgraph-spec
 */
export function federatedSchema(schema: GraphQLSchema): GraphQLSchema {
  const query = schema.getQueryType()
  if (!query) throw new Error('A subgraph needs queries')
  const fields = { ...query.toConfig().fields, _entities: entitiesField(schema), _service: serviceField() }
  const config = schema.toConfig()
  return new GraphQLSchema({
    ...config,
    query: new GraphQLObjectType({ ...query.toConfig(), fields }),
    types: config.types.filter((type) => type !== query),
  })
}

function entitiesField(schema: GraphQLSchema): Field<{ representations: readonly unknown[] }> {
  const entity = new GraphQLUnionType({
    name: '_Entity',
    description: 'Anything that other subgraphs can refer to by a key.',
    types: entityTypes(schema),
  })
  const representation = new GraphQLScalarType({
    name: '_Any',
    description: 'The `__typename` of an object and the fields of one of its keys.',
    parseValue: (value) => value,
    parseLiteral: valueFromASTUntyped,
  })
  return {
    description:
      `For a router: the objects with these keys, in their order, at most ${maxEntities}; null for each that is not there ` +
      'or not visible.',
    type: new GraphQLNonNull(new GraphQLList(entity)),
    args: {
      representations: {
        description: 'The keys.',
        type: new GraphQLNonNull(new GraphQLList(new GraphQLNonNull(representation))),
      },
    },
    extensions: { pothosOptions: { auth: everyone, listSize: maxEntities, sizedBy: 'representations' } },
    resolve: (_root, { representations }, context, info) =>
      loadEntities(representations, { context, info, most: maxEntities }),
  }
}

function serviceField(): Field<object> {
  const service = new GraphQLObjectType({
    name: '_Service',
    description: 'This subgraph.',
    fields: { sdl: { type: new GraphQLNonNull(GraphQLString), description: 'Its schema, with what a router needs.' } },
  })
  let sdl: string | undefined
  return {
    description: 'For a router: the schema of this subgraph.',
    type: new GraphQLNonNull(service),
    extensions: { pothosOptions: { auth: everyone } },
    resolve: (_root, _args, _context, info) => {
      sdl ??= printSubgraph(info.schema)
      return { sdl }
    },
  }
}
