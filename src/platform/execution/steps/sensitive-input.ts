import type { GraphQLSchema } from 'graphql'
import type { Plugin } from 'graphql-yoga'
import { SensitiveInput } from '../../privacy/sensitive-input.ts'
import { requestScope } from '../request-scope.ts'

/** Remembers with the request what it was asked, so that whatever goes wrong with it is told without what it was given. */
export function useSensitiveInput(schema: GraphQLSchema): Plugin {
  return {
    onParse() {
      return ({ result, context }) => {
        const scope = requestScope.getStore()
        if (!scope || !result || result instanceof Error) return
        scope.input = new SensitiveInput(schema, result, context.params?.variables ?? {})
      }
    },
  }
}
