import { GraphQLError } from 'graphql'
import { codeOf, type ErrorCode, isHidden, publicError, withoutStack } from '../errors.ts'
import type { Log } from '../observability/log.ts'
import { type RequestScope, requestScope } from './request-scope.ts'

/** Codes of errors whose messages graphql-js writes: they repeat parts of the request. */
const echoing: ReadonlySet<ErrorCode> = new Set(['GRAPHQL_PARSE_FAILED', 'GRAPHQL_VALIDATION_FAILED', 'BAD_USER_INPUT'])

export type ErrorMask = (error: unknown) => GraphQLError

/** Turns any error into one of the catalogue, with the request id. Logs hidden errors whole under the same id. */
export function errorMask(log: Log): ErrorMask {
  return (error) => {
    const scope = requestScope.getStore()
    const requestId = scope?.request.requestId
    const traceId = scope?.trace?.id
    if (error instanceof GraphQLError && error.extensions.requestId !== undefined) return error
    const shown = publicError(error)
    const code = codeOf(shown)
    if (code && isHidden(code)) {
      const err = error instanceof GraphQLError ? (error.originalError ?? error) : error
      log.error({ requestId, traceId, code, path: shown.path, err }, 'failed')
    }
    const { nodes, source, positions, path, extensions } = shown
    const message = code && echoing.has(code) ? withoutInput(shown.message, scope) : shown.message
    const shownWith = {
      nodes,
      source,
      positions,
      path,
      extensions: { ...extensions, requestId, ...(traceId && { traceId }) },
    }
    return withoutStack(() => new GraphQLError(message, shownWith))
  }
}

/** A document that does not parse has no tags, so none of its strings is repeated. */
function withoutInput(message: string, scope: RequestScope | undefined): string {
  return scope?.input ? scope.input.redact(message) : message.replace(/(\b(?:Block)?String) "[\s\S]*"/, '$1')
}
