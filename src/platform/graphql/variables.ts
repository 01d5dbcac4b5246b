import type { GraphQLError, GraphQLSchema, OperationDefinitionNode } from 'graphql'
import { getVariableValues } from 'graphql/execution/values.js'
import { clientError } from '../errors.ts'

/**
 * The most errors reported. Each costs a walk over the whole value, so listing all errors of a large value would take
 * minutes.
 */
const maxErrors = 10
const maxReasonLength = 200

/** The values of an operation's variables, coerced and with defaults; or their errors. */
export function coerceVariables(
  schema: GraphQLSchema,
  operation: OperationDefinitionNode,
  given: Record<string, unknown>,
): { coerced: Record<string, unknown>; errors?: undefined } | { coerced?: undefined; errors: GraphQLError[] } {
  const options = { maxErrors, hideSuggestions: true }
  const { coerced, errors } = getVariableValues(schema, operation.variableDefinitions ?? [], given, options)
  return errors ? { errors: errors.map(withoutValue) } : { coerced }
}

/** graphql-js writes `Variable "$a" got invalid value … at "a.b"; reason`. The value may be long, so it is removed. */
function withoutValue({ message, nodes, originalError }: GraphQLError): GraphQLError {
  if (!originalError) return clientError('BAD_USER_INPUT', message, { nodes })
  const said = message.slice(0, message.length - originalError.message.length)
  const [variable = ''] = /^Variable "\$\w+"/.exec(said) ?? []
  const [, place] = / at "([^"]*)"; $/.exec(said) ?? []
  const reason = originalError.message.slice(0, maxReasonLength)
  return clientError('BAD_USER_INPUT', `${place ? `${variable} at "${place}"` : variable}: ${reason}`, { nodes })
}
