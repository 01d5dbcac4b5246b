import { GraphQLError } from 'graphql'
import type { Plugin } from 'graphql-yoga'
import { codeOf, type ErrorCode, isHidden, publicError } from '../../errors.ts'
import type { Log } from '../../observability/log.ts'
import { type RequestScope, requestScope } from '../request-scope.ts'

/** Codes under which GraphQL's own words reach the client, which repeat what was sent. */
const echoing: ReadonlySet<ErrorCode> = new Set(['GRAPHQL_PARSE_FAILED', 'GRAPHQL_VALIDATION_FAILED', 'BAD_USER_INPUT'])

/** Gives an error its place in the catalogue and the request id; what it hides is logged whole under the same id. */
export function errorMask(log: Log): (error: unknown) => GraphQLError {
  return (error) => {
    const scope = requestScope.getStore()
    const requestId = scope?.requestId
    if (error instanceof GraphQLError && error.extensions.requestId !== undefined) return error
    const shown = publicError(error)
    const code = codeOf(shown)
    if (code && isHidden(code)) {
      const err = error instanceof GraphQLError ? (error.originalError ?? error) : error
      log.error({ requestId, code, path: shown.path, err }, 'failed')
    }
    const { nodes, source, positions, path, extensions } = shown
    const message = code && echoing.has(code) ? withoutInput(shown.message, scope) : shown.message
    return new GraphQLError(message, { nodes, source, positions, path, extensions: { ...extensions, requestId } })
  }
}

/** What cannot be parsed has no tags, so none of its texts is repeated. */
function withoutInput(message: string, scope: RequestScope | undefined): string {
  return scope?.input ? scope.input.redact(message) : message.replace(/(\b(?:Block)?String) "[\s\S]*"/, '$1')
}

/** Yoga masks what is thrown; validation only returns its errors, so they are given their place here. */
export function useErrorCatalogue(mask: (error: unknown) => GraphQLError): Plugin {
  return {
    onExecutionResult({ result }) {
      if (!result || !('errors' in result) || !result.errors) return
      result.errors = result.errors.map(mask)
    },
  }
}
