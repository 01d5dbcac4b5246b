import { GraphQLError, type ValidationRule } from 'graphql'
import type { Plugin } from 'graphql-yoga'
import { clientError } from '../../errors.ts'

const nul = '\0'
/** Far beyond any input type. Scalars recurse over what they are given, to say that they do not take it. */
const maxDepth = 64

/**
 * PostgreSQL stores no NUL in text, and UTF-8 has no half of a surrogate pair: refused here with a clear word rather
 * than by the database with none, or stored as something else. Literals cannot hold the latter.
 */
export function useTextSafety(): Plugin {
  return {
    onValidate({ addValidationRule }) {
      addValidationRule(NoNulInLiterals)
    },
    onParams({ params }) {
      const fault = textErrorIn(params.variables)
      if (fault) throw clientError('BAD_USER_INPUT', fault)
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
export function textErrorIn(variables: unknown): string | undefined {
  let level: unknown[] = [variables]
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > maxDepth) return `Variables may nest ${maxDepth} deep, and no deeper.`
    const below: unknown[] = []
    for (const value of level) {
      if (typeof value === 'string') {
        if (value.includes(nul)) return 'A variable holds the character U+0000, which no text may.'
        if (!value.isWellFormed()) return 'A variable holds half of a surrogate pair, which no text may.'
      }
      if (typeof value !== 'object' || value === null) continue
      for (const [name, item] of Object.entries(value)) below.push(name, item)
    }
    level = below
  }
  return undefined
}
