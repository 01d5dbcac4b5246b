import type { GraphQLError } from 'graphql'
import type { Plugin } from 'graphql-yoga'
import { codeOf, errorCatalogue } from '../../errors.ts'

/**
 * GraphQL over HTTP (draft of August 2026, "Status Codes"): an answer without `data` has the status of its error, which
 * the catalogue knows, and of several the lowest; 200 where only `application/json` is taken, as far as it is GraphQL's own answer. Answers with
 * `data` are left alone.
 */
export function useRequestStatus(): Plugin {
  return {
    onResultProcess({ result }) {
      if (Array.isArray(result) || !('errors' in result) || 'data' in result) return
      const errors = result.errors ?? []
      const status = Math.min(...errors.flatMap((error) => statusOf(error) ?? []))
      if (Number.isFinite(status)) for (const error of errors) setStatus(error, status)
    },
  }
}

function statusOf(error: GraphQLError): number | undefined {
  const code = codeOf(error)
  return code && errorCatalogue[code].status
}

function setStatus(error: GraphQLError, status: number): void {
  // `spec` is Yoga's word for "200 under application/json"; a fault of ours is no answer under any media type.
  error.extensions.http = { spec: status < 500, ...error.extensions.http, status }
}
