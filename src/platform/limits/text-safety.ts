import { GraphQLError, type ValidationRule } from 'graphql'
import type { Plugin } from 'graphql-yoga'
import { clientError } from '../errors.ts'

const nul = '\0'

/** PostgreSQL stores no NUL in text: refused here with a clear word rather than by the database with none. */
export function useTextSafety(): Plugin {
  return {
    onValidate({ addValidationRule }) {
      addValidationRule(NoNulInLiterals)
    },
    onParams({ params }) {
      if (holdsNul(params.variables))
        throw clientError('BAD_USER_INPUT', 'A variable holds the character U+0000, which no text may.')
    },
  }
}

const NoNulInLiterals: ValidationRule = (context) => ({
  StringValue(node) {
    if (!node.value.includes(nul)) return
    context.reportError(new GraphQLError('A string holds the character U+0000, which no text may.', { nodes: node }))
  },
})

/** Walks without recursion: variables nest as deep as their sender likes. */
function holdsNul(variables: unknown): boolean {
  const waiting: unknown[] = [variables]
  while (waiting.length > 0) {
    const value = waiting.pop()
    if (typeof value === 'string' && value.includes(nul)) return true
    if (typeof value !== 'object' || value === null) continue
    for (const [name, item] of Object.entries(value)) waiting.push(name, item)
  }
  return false
}
