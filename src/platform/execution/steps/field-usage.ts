import type { Plugin } from 'graphql-yoga'
import type { FieldUsage } from '../../field-usage/field-usage.ts'
import { requestScope } from '../request-scope.ts'

/** Counts what Yoga is to execute; what the express lane answers it counts itself. */
export function useFieldUsage(usage: FieldUsage): Plugin {
  return {
    onExecute({ args: { document } }) {
      const scope = requestScope.getStore()
      if (scope) usage.count(document, scope.client)
    },
  }
}
