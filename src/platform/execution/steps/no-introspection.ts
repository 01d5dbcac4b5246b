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
import type { Plugin } from 'graphql-yoga'
import { codeOf } from '../../errors.ts'

/** What every schema has. */
const everywhere = ['Query', 'Mutation', ...specifiedScalarTypes.map(({ name }) => name)]

/** Errors of GraphQL's own, which name what the schema has in the place of what was asked for. */
const telling = new Set(['GRAPHQL_VALIDATION_FAILED', 'BAD_USER_INPUT'])

/**
 * Neither introspection nor errors tell the schema to who does not know it: an error repeats the names of its request,
 * and no others. What a name is good for is known once it is guessed; here a guess at one name gives no second.
 */
export function useNoIntrospection(schema: GraphQLSchema): Plugin {
  const names = namesIn(schema)
  return {
    onValidate({ addValidationRule }) {
      addValidationRule(NoSchemaIntrospectionCustomRule)
    },
    onExecutionResult({ result, context }) {
      if (!result || !('errors' in result) || !result.errors?.some((error) => telling.has(codeOf(error) ?? ''))) return
      const said = wordsOf(context.params)
      const hidden = (text: string) => (text.match(/\w+/g) ?? []).some((word) => names.has(word) && !said.has(word))
      result.errors = result.errors.map((error) => (telling.has(codeOf(error) ?? '') ? quiet(error, hidden) : error))
    },
  }
}

function quiet(error: GraphQLError, hidden: (text: string) => boolean): GraphQLError {
  const message = error.message.replaceAll(/"([^"]*)"/g, (quoted, text: string) => (hidden(text) ? '"…"' : quoted))
  const { nodes, source, positions, path, extensions } = error
  return message === error.message ? error : new GraphQLError(message, { nodes, source, positions, path, extensions })
}

/** Names of the document and keys of its variables. Comments and strings do not count: a dictionary fits in there. */
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
