import { CachedResponse, responseBody } from '../../cache/cached-responses.ts'
import { cachingHeaders } from '../../cache/http-caching.ts'
import type { CacheMiss, ResponseCache } from '../../cache/response-cache.ts'
import type { Metrics } from '../../observability/metrics.ts'
import { currentScope, type RequestScope } from '../request-scope.ts'
import type { Step } from '../step.ts'

interface Parts {
  cache: ResponseCache
  metrics: Metrics
  maxAgeSeconds: number
  /** The name of the endpoint: two of them have each a part of the schema, and may answer a document differently. */
  endpoint: string
}

type LookUp = Omit<Parameters<ResponseCache['lookUp']>[0], 'endpoint'>

/** The steps before it count and charge the operation, and those after it record it, as if it had been executed. */
export function responseCache({ cache, metrics, maxAgeSeconds, endpoint }: Parts): Step {
  const found = new WeakMap<RequestScope, { entry: CachedResponse | CacheMiss; statementsBefore: number }>()

  function lookUp(scope: RequestScope, operation: LookUp): CachedResponse | undefined {
    // Rows of an export have no place in it, and for an agent there are lower limits than those of what it holds.
    const isApart = scope.export !== undefined || scope.request.agent !== undefined
    const entry = isApart ? undefined : cache.lookUp({ ...operation, endpoint })
    if (!entry) return undefined
    found.set(scope, { entry, statementsBefore: scope.statements })
    metrics.responseCache.inc({ result: entry instanceof CachedResponse ? 'hit' : 'miss' })
    if (!(entry instanceof CachedResponse)) {
      scope.reads = entry.reads
      return undefined
    }
    scope.isCached = true
    scope.actualCost = entry.actualCost
    return entry
  }

  /** The response as it is in the cache now; undefined where it cannot be cached. */
  function cached(scope: RequestScope, data: object): CachedResponse | undefined {
    const looked = found.get(scope)
    if (!looked) return undefined
    const { entry, statementsBefore } = looked
    if (entry instanceof CachedResponse) return entry
    return entry.store(data, scope.actualCost ?? 0, scope.statements - statementsBefore)
  }

  /** Whether HTTP caches may store it. Then it has no cost and no bucket in it: those belong to one request only. */
  function isStorable({ request, isNamedById }: RequestScope): boolean {
    return request.method === 'GET' && isNamedById
  }

  return {
    name: 'response cache',
    about: 'Responds from the cache, and caches responses that show public data only.',
    general: [
      {
        onExecute({ args, setResultAndStopExecution }) {
          const scope = currentScope()
          const { variables } = scope
          if (!variables) return
          const { schema, document, operationName, contextValue } = args
          const entry = lookUp(scope, { schema, document, operationName, variables, viewer: contextValue.viewer })
          if (entry) setResultAndStopExecution({ data: {} })
        },
        onExecutionResult({ result, setResult }) {
          const scope = currentScope()
          if (!result || !('data' in result) || !result.data || result.errors) return
          const entry = cached(scope, result.data)
          if (!entry) return
          if (!isStorable(scope))
            return setResult({ ...result, stringify: ({ extensions }) => responseBody(entry.json, extensions) })
          scope.responseHeaders = () => cachingHeaders(entry, scope.request, maxAgeSeconds)
          setResult({ data: result.data, stringify: () => responseBody(entry.json) })
        },
      },
    ],
    fast: {
      onOperation(operation) {
        const { scope, document, compiled, variables, viewer } = operation
        const { schema, definition } = compiled.operation
        const operationName = definition.name?.value
        operation.json = lookUp(scope, { schema, document, operationName, variables, viewer })?.json
        return undefined
      },
      onResponse({ scope }, response) {
        const entry = cached(scope, response.data)
        if (!entry) return
        response.json = entry.json
        response.cached = entry
        if (!isStorable(scope)) return
        response.extensions = undefined
        scope.responseHeaders = () => cachingHeaders(entry, scope.request, maxAgeSeconds)
      },
    },
  }
}
