import { getOperationAST } from 'graphql'
import type { Plugin } from 'graphql-yoga'
import { coerceVariables } from '../../graphql/variables.ts'

/**
 * Of a document that does not fit the schema, the variables are looked at too: faults of both are told in one answer.
 * Where the document fits, the execution coerces them.
 */
export function useVariableFaults(): Plugin {
  return {
    onValidate({ params: { schema, documentAST } }) {
      return ({ valid, result, setResult, context }) => {
        if (valid || !schema) return
        const operation = getOperationAST(documentAST, context.params?.operationName)
        if (!operation) return
        const { errors } = coerceVariables(schema, operation, context.params?.variables ?? {})
        if (errors) setResult([...result, ...errors])
      }
    },
  }
}
