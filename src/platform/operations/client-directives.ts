import {
  DirectiveLocation,
  type DocumentNode,
  GraphQLBoolean,
  GraphQLDirective,
  GraphQLEnumType,
  GraphQLNonNull,
  GraphQLSchema,
  GraphQLString,
  getDirectiveValues,
  type OperationDefinitionNode,
  visit,
} from 'graphql'
import { z } from 'zod'

const methods = ['GET', 'POST', 'PATCH', 'DELETE'] as const

const RestMethod = new GraphQLEnumType({
  name: 'RestMethod',
  values: Object.fromEntries(methods.map((method) => [method, {}])),
})

const locations = [DirectiveLocation.QUERY, DirectiveLocation.MUTATION]

const restDirective = new GraphQLDirective({
  name: 'rest',
  description: 'The operation is served over HTTP at a path below `/api` too.',
  locations,
  args: {
    method: { type: new GraphQLNonNull(RestMethod), description: 'A query is a GET, and a mutation any other.' },
    path: {
      type: new GraphQLNonNull(GraphQLString),
      description: '`/things/{id}`: each name in braces is a variable of the operation.',
    },
  },
})

const toolDirective = new GraphQLDirective({
  name: 'tool',
  description: 'Agents may call the operation as a tool.',
  locations,
  args: {
    readOnly: { type: GraphQLBoolean, description: 'It changes nothing: so are all queries, and no mutation.' },
    destructive: {
      type: GraphQLBoolean,
      description: 'A mutation that a person confirms first; so is each that does not say `false`.',
    },
    idempotent: { type: GraphQLBoolean, description: 'A second call with the same arguments changes nothing more.' },
    personal: { type: GraphQLBoolean, description: 'The tool shows personal fields to viewers who may see them.' },
  },
})

/** Directives of operation files. They are no part of the schema, and of no document that is executed. */
const clientDirectives = [restDirective, toolDirective] as const

const restValues = z.object({ method: z.enum(methods), path: z.string() })
const flag = z.boolean().nullish()
const toolValues = z.object({ readOnly: flag, destructive: flag, idempotent: flag, personal: flag })

export type RestValues = z.infer<typeof restValues>
export type ToolValues = z.infer<typeof toolValues>

/** A schema is built in milliseconds, and every file of a catalogue is validated with the same one. */
const extended = new WeakMap<GraphQLSchema, GraphQLSchema>()

/** The schema with the directives of operation files, which their documents are validated with. */
export function withClientDirectives(schema: GraphQLSchema): GraphQLSchema {
  const known = extended.get(schema)
  if (known) return known
  const directives = [...schema.getDirectives(), ...clientDirectives]
  const made = new GraphQLSchema({ ...schema.toConfig(), directives })
  extended.set(schema, made)
  return made
}

/** What the directives of a validated operation say. */
export function clientValues(operation: OperationDefinitionNode): {
  rest: RestValues | undefined
  tool: ToolValues | undefined
} {
  const rest = getDirectiveValues(restDirective, operation)
  const tool = getDirectiveValues(toolDirective, operation)
  return { rest: rest && restValues.parse(rest), tool: tool && toolValues.parse(tool) }
}

/** The document that is executed: without these directives, and without descriptions, which are the file's. */
export function executedDocument(document: DocumentNode): DocumentNode {
  const names: readonly string[] = clientDirectives.map(({ name }) => name)
  return visit(document, {
    Directive: ({ name }) => (names.includes(name.value) ? null : undefined),
    OperationDefinition: { leave: ({ description: _, ...node }) => node },
    VariableDefinition: { leave: ({ description: _, ...node }) => node },
  })
}
