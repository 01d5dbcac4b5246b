import type { GraphQLError } from 'graphql'
import type { Plugin } from 'graphql-yoga'
import { codeOf, errorCatalogue } from '../errors.ts'

/**
 * GraphQL over HTTP (draft of August 2026, "Status Codes"): an answer without `data` has the status of its error, which
 * the catalogue knows; 200 where only `application/json` is taken, as far as it is GraphQL's own answer. Answers with
 * `data` are left alone.
 */
export function useRequestStatus(): Plugin {
  return {
    onResultProcess({ result }) {
      if (Array.isArray(result) || !('errors' in result) || 'data' in result) return
      for (const error of result.errors ?? []) setStatus(error)
    },
  }
}

function setStatus(error: GraphQLError): void {
  const code = codeOf(error)
  if (!code) return
  const { status } = errorCatalogue[code]
  // `spec` is Yoga's word for "200 under application/json"; a fault of ours is no answer under any media type.
  error.extensions.http = { spec: status < 500, ...error.extensions.http, status }
}
