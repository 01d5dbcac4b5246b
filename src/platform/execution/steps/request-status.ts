import type { GraphQLError } from 'graphql'
import { codeOf, errorCatalogue } from '../../errors.ts'
import type { Step } from '../step.ts'

/**
 * GraphQL over HTTP (draft of August 2026, "Status Codes"): a response without `data` has the status of its error, which
 * the catalogue knows, and of several errors the lowest. Under `application/json` it is 200, if GraphQL itself responds.
 */
export function requestStatus(): Step {
  return {
    name: 'request status',
    about: 'Gives a response without data the HTTP status of its error.',
    general: [
      {
        onResultProcess({ result }) {
          if (Array.isArray(result) || !('errors' in result) || 'data' in result) return
          const errors = result.errors ?? []
          const status = Math.min(...errors.flatMap((error) => statusOf(error) ?? []))
          if (Number.isFinite(status)) for (const error of errors) setStatus(error, status)
        },
      },
    ],
    fast: { absent: 'A response of the fast path has data, and so status 200, or that of a refusal.' },
  }
}

function statusOf(error: GraphQLError): number | undefined {
  const code = codeOf(error)
  return code && errorCatalogue[code].status
}

function setStatus(error: GraphQLError, status: number): void {
  // `spec` is Yoga's flag for "200 under application/json". A failure of the service has its own status everywhere.
  error.extensions.http = { spec: status < 500, ...error.extensions.http, status }
}
