import { EnvelopArmorPlugin } from '@escape.tech/graphql-armor'
import { type GraphQLError, Lexer, type ParseOptions, Source, TokenKind, validate } from 'graphql'
import type { Plugin } from 'graphql-yoga'
import type { Config } from '../config/config.ts'
import { clientError } from '../errors.ts'

type Limits = Pick<Config['limits'], 'tokens' | 'depth' | 'aliases' | 'directives'>

/** Far more than `MAX_DEPTH` and the arguments of its fields need, far less than a stack holds. */
const maxNesting = 200
const opening: ReadonlySet<string> = new Set([TokenKind.BRACE_L, TokenKind.BRACKET_L, TokenKind.PAREN_L])
const closing: ReadonlySet<string> = new Set([TokenKind.BRACE_R, TokenKind.BRACKET_R, TokenKind.PAREN_R])

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

/**
 * The parser recurses, and would run out of stack in the midst of a document of nothing but brackets. The lexer does not:
 * it sees how deep they go beforehand.
 */
export function useParserDepth(): Plugin {
  return {
    onParse({ parseFn, setParseFn }) {
      setParseFn((source: string | Source, options?: ParseOptions) => {
        if (nestingOf(source) > maxNesting)
          throw clientError('DOCUMENT_LIMIT_EXCEEDED', 'The document nests too deep to be read.')
        return parseFn(source, options)
      })
    },
  }
}

/** How deep brackets of any kind lie in each other, up to where the text is no GraphQL, if anywhere. */
function nestingOf(source: string | Source): number {
  const lexer = new Lexer(typeof source === 'string' ? new Source(source) : source)
  let depth = 0
  let deepest = 0
  try {
    for (let { kind } = lexer.advance(); kind !== TokenKind.EOF; { kind } = lexer.advance()) {
      if (opening.has(kind)) deepest = Math.max(deepest, ++depth)
      else if (closing.has(kind)) depth--
    }
  } catch {
    // The parser says what is wrong, and where.
  }
  return deepest
}

function refuse(_context: unknown, error: GraphQLError): never {
  throw clientError('DOCUMENT_LIMIT_EXCEEDED', error.message.replace(/^Syntax Error: /, ''))
}
