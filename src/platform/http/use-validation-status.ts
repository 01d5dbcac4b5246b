import type { Plugin } from 'graphql-yoga'
import { errorCatalogue } from '../errors.ts'

/** GraphQL over HTTP (draft of August 2026): 422 where the document does not fit the schema; Yoga still says 400. */
export function useValidationStatus(): Plugin {
  return {
    onValidate() {
      return ({ valid, result }) => {
        if (valid) return
        const { status } = errorCatalogue.GRAPHQL_VALIDATION_FAILED
        for (const error of result) {
          Object.assign(error.extensions, { code: 'GRAPHQL_VALIDATION_FAILED', http: { status, spec: true } })
        }
      }
    },
  }
}
