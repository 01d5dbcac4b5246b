import { EnvelopArmorPlugin } from '@escape.tech/graphql-armor'
import { type GraphQLError, Lexer, type ParseOptions, Source, TokenKind, validate } from 'graphql'
import type { Plugin } from 'graphql-yoga'
import type { Config } from '../../config/config.ts'
import type { Context } from '../../context.ts'
import { clientError } from '../../errors.ts'
import type { Step } from '../step.ts'

type Limits = Pick<Config['limits'], 'tokens' | 'depth' | 'aliases' | 'directives'>

/** Far more than `MAX_DEPTH` and the arguments of its fields need, far less than the stack allows. */
const maxNesting = 200
const opening: ReadonlySet<string> = new Set([TokenKind.BRACE_L, TokenKind.BRACKET_L, TokenKind.PAREN_L])
const closing: ReadonlySet<string> = new Set([TokenKind.BRACE_R, TokenKind.BRACKET_R, TokenKind.PAREN_R])

export function documentLimits(limits: Limits): Step {
  return {
    name: 'document limits',
    about: 'Refuses documents with too many tokens, aliases or directives, or too much depth.',
    general: [armor(limits), nestingLimit(), noSuggestions()],
    fast: { absent: 'A known document has passed them.' },
  }
}

/**
 * graphql-armor's limits. Its cost limit stays off: it reads literal page sizes only, so that `$n` would cost next to
 * nothing. The step "query cost" counts at execution.
 */
function armor({ tokens, depth, aliases, directives }: Limits): Plugin<Context> {
  return EnvelopArmorPlugin({
    maxTokens: { n: tokens, onReject: [refuse] },
    maxDepth: { n: depth, flattenFragments: true, onReject: [refuse] },
    // `allowList` names aliases that are free; armor's own default frees `__typename`.
    maxAliases: { n: aliases, allowList: [], onReject: [refuse] },
    maxDirectives: { n: directives, onReject: [refuse] },
    // `noSuggestions` also removes suggestions for arguments, enum values and fragments.
    blockFieldSuggestion: { enabled: false },
    costLimit: { enabled: false },
  })
}

/** Errors suggest no names: where introspection is off, a misspelled name would reveal the schema. */
function noSuggestions(): Plugin<Context> {
  return {
    onValidate({ setValidationFn }) {
      setValidationFn((schema, document, rules) => validate(schema, document, rules, { hideSuggestions: true }))
    },
  }
}

/** Counts nesting with the lexer before the parser runs, which recurses and would exhaust the stack on many brackets. */
function nestingLimit(): Plugin<Context> {
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

/** The deepest nesting of brackets of any kind, up to the first lexical error. */
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
    // The parser reports the error and its location.
  }
  return deepest
}

function refuse(_context: unknown, error: GraphQLError): never {
  throw clientError('DOCUMENT_LIMIT_EXCEEDED', error.message.replace(/^Syntax Error: /, ''))
}
