import { EnvelopArmorPlugin } from '@escape.tech/graphql-armor'
import { type GraphQLError, validate } from 'graphql'
import type { Plugin } from 'graphql-yoga'
import type { Config } from '../config.ts'
import { clientError } from '../errors.ts'

type Limits = Pick<Config['limits'], 'tokens' | 'depth' | 'aliases' | 'directives'>

/**
 * Bounds on a document before it is executed, by graphql-armor. Its cost limit stays off: it reads literal page sizes
 * only, so that `$n` would cost next to nothing; ours counts at execution, in query-cost.ts.
 */
export function useDocumentLimits({ tokens, depth, aliases, directives }: Limits): Plugin {
  return EnvelopArmorPlugin({
    maxTokens: { n: tokens, onReject: [refuse] },
    maxDepth: { n: depth, flattenFragments: true, onReject: [refuse] },
    // `allowList` names aliases that are free; armor's own default frees `__typename`.
    maxAliases: { n: aliases, allowList: [], onReject: [refuse] },
    maxDirectives: { n: directives, onReject: [refuse] },
    // `useNoSuggestions` leaves out those for arguments, enum values and fragments too.
    blockFieldSuggestion: { enabled: false },
    costLimit: { enabled: false },
  })
}

/** Errors do not guess names: where introspection is off, a misspelling would still tell the schema. */
export function useNoSuggestions(): Plugin {
  return {
    onValidate({ setValidationFn }) {
      setValidationFn((schema, document, rules) => validate(schema, document, rules, { hideSuggestions: true }))
    },
  }
}

/** The parser recurses, and can run out of stack before it has met too many tokens. */
export function useParserDepth(): Plugin {
  return {
    onParse() {
      return ({ result, replaceParseResult }) => {
        if (result instanceof RangeError) {
          replaceParseResult(clientError('DOCUMENT_LIMIT_EXCEEDED', 'The document nests too deep to be read.'))
        }
      }
    },
  }
}

function refuse(_context: unknown, error: GraphQLError): never {
  throw clientError('DOCUMENT_LIMIT_EXCEEDED', error.message.replace(/^Syntax Error: /, ''))
}
