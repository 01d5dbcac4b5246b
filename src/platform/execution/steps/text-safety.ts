import { GraphQLError, type ValidationRule } from 'graphql'
import { clientError } from '../../errors.ts'
import type { Step } from '../step.ts'

const nul = '\0'
/** Far beyond any input type. Scalars recurse over a value to report that they refuse it. */
const maxDepth = 64

/**
 * PostgreSQL stores no NUL in text, and UTF-8 has no half of a surrogate pair. Both are refused here with a clear error.
 * Literals cannot hold half of a surrogate pair.
 */
export function textSafety(): Step {
  return {
    name: 'text safety',
    about: 'Refuses text that PostgreSQL cannot store.',
    general: [
      {
        onValidate: ({ addValidationRule }) => addValidationRule(NoNulInLiterals),
        onParams({ params }) {
          const error = textErrorIn(params.variables)
          if (error) throw clientError('BAD_USER_INPUT', error)
        },
      },
    ],
    fast: {
      onRequest: ({ parameters }) => (textErrorIn(parameters?.variables) === undefined ? undefined : 'hand over'),
    },
  }
}

const NoNulInLiterals: ValidationRule = (context) => ({
  StringValue(node) {
    if (!node.value.includes(nul)) return
    context.reportError(new GraphQLError('A string holds the character U+0000, which no text may.', { nodes: node }))
  },
})

/** Walks without recursion, because a client may nest variables to any depth. */
function textErrorIn(variables: unknown): string | undefined {
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
