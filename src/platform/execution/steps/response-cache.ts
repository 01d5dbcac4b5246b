import type { Plugin } from 'graphql-yoga'
import { bodyOf, CachedResponse } from '../../cache/cached-responses.ts'
import { cachingHeaders } from '../../cache/http-caching.ts'
import type { Reading, ResponseCache } from '../../cache/response-cache.ts'
import type { Context } from '../../context.ts'
import type { Metrics } from '../../observability/metrics.ts'
import { type RequestScope, requestScope } from '../request-scope.ts'

interface Parts {
  cache: ResponseCache
  metrics: Metrics
  maxAgeSeconds: number
}

/**
 * Answers from what was kept, and keeps what may be kept. The operation has been counted and charged before, and is
 * logged after, as if it had been run.
 */
export function useResponseCache({ cache, metrics, maxAgeSeconds }: Parts): Plugin<Context> {
  const found = new WeakMap<RequestScope, { answer: CachedResponse | Reading; statementsBefore: number }>()
  return {
    onExecute({ args, setResultAndStopExecution }) {
      const scope = requestScope.getStore()
      if (!scope?.variables) return
      const { schema, document, operationName, contextValue } = args
      const { variables } = scope
      const answer = cache.lookUp({ schema, document, operationName, variables, viewer: contextValue.viewer })
      if (!answer) return
      found.set(scope, { answer, statementsBefore: scope.statements })
      metrics.responseCache.inc({ result: answer instanceof CachedResponse ? 'hit' : 'miss' })
      if (answer instanceof CachedResponse) {
        scope.isCached = true
        scope.actualCost = answer.actualCost
        setResultAndStopExecution({ data: {} })
      } else scope.reads = answer.reads
    },
    onExecutionResult({ request, result, setResult }) {
      const scope = requestScope.getStore()
      const looked = scope && found.get(scope)
      if (!looked || !result || !('data' in result) || !result.data || result.errors) return
      const { answer, statementsBefore } = looked
      const statements = scope.statements - statementsBefore
      const kept =
        answer instanceof CachedResponse ? answer : answer.keep(result.data, scope.actualCost ?? 0, statements)
      if (!kept) return
      if (request.method !== 'GET' || !scope.isNamedById)
        return setResult({ ...result, stringify: ({ extensions }) => bodyOf(kept, extensions) })
      // Others may keep it, for whom the cost and the bucket of this request say nothing.
      scope.answerHeaders = () => cachingHeaders(kept, request, maxAgeSeconds)
      setResult({ data: result.data, stringify: () => bodyOf(kept) })
    },
  }
}
