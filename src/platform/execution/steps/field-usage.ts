import type { FieldUsage } from '../../field-usage/field-usage.ts'
import { currentScope } from '../request-scope.ts'
import type { Step } from '../step.ts'

export function fieldUsage(usage: FieldUsage): Step {
  return {
    name: 'field usage',
    about: 'Counts the fields that each client asks for; of a stream once.',
    general: [
      {
        onExecute({ args: { document } }) {
          const { event, request } = currentScope()
          if (!event) usage.count(document, request.client)
        },
        onSubscribe: ({ args: { document } }) => usage.count(document, currentScope().request.client),
      },
    ],
    fast: {
      onResponse({ document, request, scope }) {
        if (!scope.event) usage.count(document, request.client)
      },
    },
  }
}
