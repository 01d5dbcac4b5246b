import type { GraphQLSchema } from 'graphql'
import { SensitiveInput } from '../../privacy/sensitive-input.ts'
import { currentScope } from '../request-scope.ts'
import type { Step } from '../step.ts'

export function sensitiveInput(schema: GraphQLSchema): Step {
  return {
    name: 'sensitive input',
    about: 'Remembers the values of tagged inputs, so that errors and log lines do not repeat them.',
    general: [
      {
        onParse:
          () =>
          ({ result, context }) => {
            if (!result || result instanceof Error) return
            currentScope().input = new SensitiveInput(schema, result, context.params?.variables ?? {})
          },
      },
    ],
    fast: {
      onOperation({ scope, document, given }) {
        scope.input = new SensitiveInput(schema, document, given)
        return undefined
      },
    },
  }
}
