import type { FieldUsage } from '../../field-usage/field-usage.ts'
import { currentScope } from '../request-scope.ts'
import type { Step } from '../step.ts'

export function fieldUsage(usage: FieldUsage): Step {
  return {
    name: 'field usage',
    about: 'Counts the fields that each client asks for.',
    general: [
      {
        onExecute({ args: { document } }) {
          usage.count(document, currentScope().request.client)
        },
      },
    ],
    fast: {
      onResponse({ document, request }) {
        usage.count(document, request.client)
      },
    },
  }
}
