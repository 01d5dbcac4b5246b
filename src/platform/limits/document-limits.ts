import { EnvelopArmorPlugin } from '@escape.tech/graphql-armor'
import type { GraphQLError } from 'graphql'
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
    blockFieldSuggestion: { enabled: true },
    costLimit: { enabled: false },
  })
}

function refuse(_context: unknown, error: GraphQLError): never {
  throw clientError('DOCUMENT_LIMIT_EXCEEDED', error.message.replace(/^Syntax Error: /, ''))
}
