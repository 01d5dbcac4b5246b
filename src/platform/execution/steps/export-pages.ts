import { GraphQLError } from 'graphql'
import { fragmentsIn } from '../../graphql/collect-fields.ts'
import { currentScope } from '../request-scope.ts'
import type { Step } from '../step.ts'

/** The rows of a page go to the export, and not into the response. */
export function exportPages(): Step {
  return {
    name: 'export pages',
    about: 'Checks that an operation can be exported, and passes each page of its rows to the export.',
    general: [
      {
        onExecute({ args: { schema, document, contextValue }, setResultAndStopExecution }) {
          const scope = currentScope()
          const { export: exported, operation: definition, variables = {} } = scope
          if (!exported || !definition) return
          try {
            exported.check({ schema, fragments: fragmentsIn(document), variables, definition }, contextValue.viewer)
          } catch (error) {
            if (!(error instanceof GraphQLError)) throw error
            setResultAndStopExecution({ errors: [error] })
          }
        },
        onExecutionResult({ result, setResult }) {
          const { export: exported } = currentScope()
          if (!exported || !result || !('data' in result) || !result.data) return
          // No page is exported in part.
          if (result.errors) return setResult({ errors: result.errors })
          exported.accept({ data: result.data })
          setResult({ data: {} })
        },
      },
    ],
    fast: {
      onOperation({ scope, compiled, variables, viewer }) {
        const { schema, fragments, definition } = compiled.operation
        try {
          scope.export?.check({ schema, fragments, variables, definition }, viewer)
          return undefined
        } catch {
          return 'hand over'
        }
      },
      onResponse({ scope }, response) {
        if (!scope.export) return
        scope.export.accept(response.lines ?? { data: response.data })
        response.json = '{}'
      },
    },
  }
}
