import {
  GraphQLError,
  type GraphQLSchema,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isObjectType,
  NoSchemaIntrospectionCustomRule,
  parse,
  specifiedScalarTypes,
  visit,
} from 'graphql'
import { codeOf } from '../../errors.ts'
import type { Step } from '../step.ts'

/** Names that every schema has. */
const everywhere = ['Query', 'Mutation', ...specifiedScalarTypes.map(({ name }) => name)]

/** Codes of errors whose messages graphql-js writes: they may name other parts of the schema. */
const revealing = new Set(['GRAPHQL_VALIDATION_FAILED', 'BAD_USER_INPUT'])

/**
 * Hides the schema from clients that do not know it: introspection is refused, and an error repeats the names of its
 * request only, so that one guessed name never reveals another.
 */
export function noIntrospection(schema: GraphQLSchema): Step {
  const names = namesIn(schema)
  return {
    name: 'no introspection',
    about: 'Refuses introspection, and removes from errors the names that the request does not have.',
    general: [
      {
        onValidate: ({ addValidationRule }) => addValidationRule(NoSchemaIntrospectionCustomRule),
        onExecutionResult({ result, context }) {
          if (!result || !('errors' in result) || !result.errors?.some(isRevealing)) return
          const said = wordsOf(context.params)
          const hidden = (text: string) => (text.match(/\w+/g) ?? []).some((word) => names.has(word) && !said.has(word))
          result.errors = result.errors.map((error) => (isRevealing(error) ? withoutNames(error, hidden) : error))
        },
      },
    ],
    fast: { absent: 'A known document has no introspection, and a response with errors is handed over.' },
  }
}

function isRevealing(error: GraphQLError): boolean {
  return revealing.has(codeOf(error) ?? '')
}

function withoutNames(error: GraphQLError, hidden: (text: string) => boolean): GraphQLError {
  const message = error.message.replaceAll(/"([^"]*)"/g, (quoted, text: string) => (hidden(text) ? '"…"' : quoted))
  const { nodes, source, positions, path, extensions } = error
  return message === error.message ? error : new GraphQLError(message, { nodes, source, positions, path, extensions })
}

/** Names in the document and keys of its variables. Comments and strings do not count: they could hold a dictionary. */
function wordsOf(params: { query?: string; variables?: unknown } | undefined): ReadonlySet<string> {
  const words = new Set(everywhere)
  if (params?.query) visit(parse(params.query), { Name: ({ value }) => void words.add(value) })
  JSON.stringify(params?.variables ?? {}, (key, value: unknown) => {
    words.add(key)
    return value
  })
  return words
}

function namesIn(schema: GraphQLSchema): ReadonlySet<string> {
  const names = new Set(schema.getDirectives().flatMap(({ name, args }) => [name, ...args.map((arg) => arg.name)]))
  for (const type of Object.values(schema.getTypeMap())) {
    names.add(type.name)
    if (isEnumType(type)) for (const { name } of type.getValues()) names.add(name)
    if (isInputObjectType(type)) for (const name of Object.keys(type.getFields())) names.add(name)
    if (!isObjectType(type) && !isInterfaceType(type)) continue
    for (const { name, args } of Object.values(type.getFields()))
      for (const word of [name, ...args.map((arg) => arg.name)]) names.add(word)
  }
  return names
}
