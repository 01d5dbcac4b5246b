import { coerceVariables } from '../../graphql/variables.ts'
import { currentScope } from '../request-scope.ts'
import type { Step } from '../step.ts'

export function variableErrors(): Step {
  return {
    name: 'variable errors',
    about: 'Adds the errors of the variables to those of a document that does not fit the schema.',
    general: [
      {
        onValidate: ({ params: { schema } }) => {
          return ({ valid, result, setResult, context }) => {
            const { operation } = currentScope()
            if (valid || !schema || !operation) return
            const { errors } = coerceVariables(schema, operation, context.params?.variables ?? {})
            if (errors) setResult([...result, ...errors])
          }
        },
      },
    ],
    fast: { absent: 'A known document fits the schema; variables that do not fit hand the request over.' },
  }
}
