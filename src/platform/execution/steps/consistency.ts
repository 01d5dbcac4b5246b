import type { Feed } from '../../context.ts'
import { laterOf } from '../../database/wal-position.ts'
import { type ConsistencyTokens, consistencyHeader } from '../consistency-token.ts'
import { currentScope, type RequestScope } from '../request-scope.ts'
import type { Step } from '../step.ts'

interface Parts {
  tokens: ConsistencyTokens
  /** What drops cached responses; undefined without a cache. */
  feed: Pick<Feed, 'caughtUp'> | undefined
}

interface Extensions {
  consistency?: unknown
}

/** How many tokens are remembered whose writes are no longer in any cached response's way. */
const mostSettled = 10_000

/**
 * Tokens by which a client reads its own writes, also where reads go to replicas. The answer to a mutation that reached no
 * database gives back what the client had sent; without that it demands the primary, which is always right.
 */
export function consistency({ tokens, feed }: Parts): Step {
  /** Tokens that came before a round of the feed, which dropped cached responses from before their writes. */
  const settled = new Set<unknown>()
  const sent = new WeakMap<RequestScope, readonly unknown[]>()

  function read(scope: RequestScope, extensions: Extensions | undefined): void {
    const found = [scope.request.headers.get(consistencyHeader), tokenIn(extensions?.consistency)]
    const texts = found.filter((text) => text != null && text !== '')
    if (texts.length === 0) return
    sent.set(scope, texts)
    scope.seen = texts.map((text) => tokens.decode(text)).reduce(laterOf)
  }

  /** Waits until no cached response is older than what the client has seen, perhaps through another process. */
  function settle(scope: RequestScope): Promise<undefined> | undefined {
    const texts = sent.get(scope)
    if (!feed || !texts || scope.operation?.operation !== 'query' || texts.every((text) => settled.has(text)))
      return undefined
    return feed.caughtUp().then(() => {
      if (settled.size > mostSettled) settled.clear()
      for (const text of texts) settled.add(text)
      return undefined
    })
  }

  /** The extensions of a response, with the token of a mutation. */
  function withToken<E extends object>(scope: RequestScope, extensions: E | undefined): E | undefined {
    if (scope.operation?.operation !== 'mutation') return extensions
    const token = tokens.encode(scope.written ?? scope.seen ?? 'unknown')
    const headers = scope.responseHeaders
    scope.responseHeaders = () => [...(headers?.() ?? []), [consistencyHeader, token]]
    return { ...extensions, consistency: { token } } as E & { consistency: object }
  }

  return {
    name: 'consistency',
    about: 'Reads the consistency token of a request, and gives one with the answer to a mutation.',
    general: [
      {
        onParams: ({ params }) => read(currentScope(), params.extensions),
        onExecute: () => settle(currentScope()),
        onExecutionResult({ result }) {
          if (!result || !('data' in result)) return
          const extensions = withToken(currentScope(), result.extensions)
          if (extensions) result.extensions = extensions
        },
      },
    ],
    fast: {
      onRequest({ scope, parameters }) {
        read(scope, parameters?.extensions)
        return undefined
      },
      onOperation: ({ scope }) => settle(scope),
      onResponse({ scope }, response) {
        response.extensions = withToken(scope, response.extensions)
      },
    },
  }
}

function tokenIn(consistency: unknown): unknown {
  return typeof consistency === 'object' && consistency !== null ? Reflect.get(consistency, 'token') : consistency
}
