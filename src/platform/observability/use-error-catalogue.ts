import { GraphQLError } from 'graphql'
import type { Plugin } from 'graphql-yoga'
import { codeOf, publicError } from '../errors.ts'
import { requestScope } from '../request-scope.ts'
import type { Log } from './log.ts'

/** Codes whose cause the client is not told, so that the log must be. */
const hidden = new Set(['INTERNAL_SERVER_ERROR', 'UNAVAILABLE', 'DEADLINE_EXCEEDED'])

/** Gives an error its place in the catalogue and the request id; what it hides is logged whole under the same id. */
export function errorMask(log: Log): (error: unknown) => GraphQLError {
  return (error) => {
    const requestId = requestScope.getStore()?.requestId
    if (error instanceof GraphQLError && error.extensions.requestId !== undefined) return error
    const shown = publicError(error)
    const code = codeOf(shown)
    if (code && hidden.has(code)) {
      const err = error instanceof GraphQLError ? (error.originalError ?? error) : error
      log.error({ requestId, code, path: shown.path, err }, 'failed')
    }
    const { nodes, source, positions, path, extensions } = shown
    return new GraphQLError(shown.message, { nodes, source, positions, path, extensions: { ...extensions, requestId } })
  }
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
