import type { DocumentNode, ExecutionResult, GraphQLSchema } from 'graphql'
import type { Plugin } from 'graphql-yoga'
import type { Viewer } from '../auth/viewer.ts'
import { bodyOf, CachedResponse } from '../cache/cached-responses.ts'
import { cachingHeaders } from '../cache/http-caching.ts'
import type { ResponseCache } from '../cache/response-cache.ts'
import type { Context } from '../context.ts'
import type { FieldUsage } from '../field-usage/field-usage.ts'
import { coerceVariables } from '../graphql/variables.ts'
import { ExchangeAnswer, type ExchangeRequest } from '../http/exchange.ts'
import type { CredentialGuard } from '../limits/credential-guard.ts'
import { Charge, leastCharge, type RateLimit } from '../limits/rate-limit.ts'
import type { Log } from '../observability/log.ts'
import { SensitiveInput } from '../privacy/sensitive-input.ts'
import type { TrustedDocuments } from '../trusted-documents/trusted-documents.ts'
import type { CompiledOperation } from './compiled/compile-operation.ts'
import { CompiledDocument } from './compiled/compiled-document.ts'
import { execute } from './compiled/execute.ts'
import { DocumentCache } from './document-cache.ts'
import { type RequestScope, requestScope } from './request-scope.ts'
import { type AuditParts, recordOperation } from './steps/audit.ts'
import { logOperation } from './steps/operation-log.ts'
import { measureOperation } from './steps/operation-metrics.ts'
import { readParams } from './steps/parameters.ts'
import type { CountedOperation, QueryCosts } from './steps/query-cost.ts'
import { textErrorIn } from './steps/text-safety.ts'
import type { UnknownDocuments } from './steps/unknown-documents.ts'

interface FastPathParts extends AuditParts {
  schema: GraphQLSchema
  trustedDocuments: TrustedDocuments
  /** Where unknown documents are listed, rather than refused. */
  unknownDocuments: UnknownDocuments | undefined
  /** Where answers that show only what is public are kept. */
  cache: ResponseCache | undefined
  /** For how long others may keep one. */
  maxAgeSeconds: number
  guard: CredentialGuard
  costs: QueryCosts
  rate: RateLimit
  contextOf: (viewer: Viewer, request: ExchangeRequest) => Context
  usage: FieldUsage | undefined
  log: Log
}

/** An operation that can be answered here, with the values of its variables. */
interface Asked {
  document: DocumentNode
  compiled: CompiledOperation
  count: CountedOperation
  variables: Record<string, unknown>
}

/** The data of an answer as JSON. */
type ResponseData = Pick<CachedResponse, 'json' | 'actualCost'>

/**
 * Answers operations whose document has passed before: its text was parsed and found right, so what is left to do for
 * another request is what depends on the request. The steps are those of Yoga's plugins, in their order, by the same
 * functions. Whatever is not plainly to be answered (a refusal, a denial, an error, a document that cannot be compiled)
 * is left to Yoga, which then takes all steps itself, as if nobody had looked at the request before.
 */
export class FastPath {
  readonly #parts: FastPathParts
  readonly #documents = new DocumentCache<CompiledDocument>()
  /** Answers with errors: not to be found out a second time, but Yoga knows how they are said. */
  readonly #executed = new WeakMap<RequestScope, ExecutionResult>()

  constructor(parts: FastPathParts) {
    this.#parts = parts
  }

  /** Learns documents as they pass, and has Yoga finish what was executed here. */
  plugin(): Plugin<Context> {
    return {
      onExecute: ({ args: { document, contextValue }, setExecuteFn }) => {
        const scope = requestScope.getStore()
        const executed = scope && this.#executed.get(scope)
        if (executed) return setExecuteFn(() => executed)
        const text: unknown = contextValue.params?.query
        if (typeof text !== 'string' || this.#documents.get(text)) return
        this.#documents.set(text, new CompiledDocument(this.#parts.schema, document))
      },
    }
  }

  /** Undefined where Yoga is to answer. */
  async answer(request: ExchangeRequest): Promise<ExchangeAnswer | undefined> {
    const scope = requestScope.getStore()
    const params = this.#paramsOf(request)
    const text = params?.query
    const known = text === undefined ? undefined : this.#documents.get(text)
    if (!scope || !params || !text || !known) return undefined

    const given = params.variables ?? {}
    const compiled = known.operationOf(params.operationName, given)
    if (request.method === 'GET' && compiled?.operation.definition.operation !== 'query') return undefined
    const viewer = compiled && (await this.#viewerOf(request, scope))
    const asked = viewer && this.#askedOf(known, compiled, given, viewer)
    const charge = asked && (await this.#charge(viewer, scope, asked.count.requested))
    if (!charge) return undefined

    const { name, operation: type } = compiled.operation.definition
    scope.viewerKind = viewer.kind
    scope.input = new SensitiveInput(this.#parts.schema, known.document, given)
    this.#parts.unknownDocuments?.list(text, name?.value)
    const data = await this.#dataFor(asked, viewer, request, scope)
    if (!data) {
      charge.giveBackAll()
      return undefined
    }
    this.#parts.usage?.count(known.document, scope.client)
    recordOperation(this.#parts, scope, viewer, name?.value)
    charge.giveBackUnused(data.actualCost)
    const body = this.#bodyOf(data, asked.count, charge, request, scope)
    logOperation(this.#parts.log, scope, { name: name?.value, type })
    measureOperation(this.#parts.metrics, scope, type)
    return new ExchangeAnswer(body, {
      headers: { 'content-type': `${request.headers.get('accept')}; charset=utf-8` },
    })
  }

  #paramsOf(request: ExchangeRequest) {
    try {
      const params = readParams(request, this.#parts.trustedDocuments)
      return textErrorIn(params.variables) === undefined ? params : undefined
    } catch {
      return undefined
    }
  }

  /** Only of credentials that were taken before: others are counted where they are refused. */
  async #viewerOf(request: ExchangeRequest, { address }: RequestScope): Promise<Viewer | undefined> {
    const authorization = request.headers.get('authorization')
    const { guard, rate } = this.#parts
    if (authorization !== null && !guard.isKnown(authorization)) return undefined
    try {
      const viewer = await guard.viewer(authorization, address)
      const isRefused = rate.isAnyDrained && rate.accountOf(viewer, address).refusedUnasked()
      return isRefused ? undefined : viewer
    } catch {
      return undefined
    }
  }

  #askedOf(
    { document }: CompiledDocument,
    compiled: CompiledOperation,
    given: Record<string, unknown>,
    viewer: Viewer,
  ): Asked | undefined {
    if (compiled.rules.some((rule) => !rule.allows(viewer))) return undefined
    const { schema, definition: operation } = compiled.operation
    const { coerced: variables } = coerceVariables(schema, operation, given)
    const count = variables && this.#parts.costs.count({ schema, document, operation, variables }, viewer)
    return count && !(count instanceof Error) ? { document, compiled, count, variables } : undefined
  }

  async #charge(viewer: Viewer, scope: RequestScope, cost: number): Promise<Charge | undefined> {
    const account = this.#parts.rate.accountOf(viewer, scope.address)
    const points = Math.max(leastCharge, cost)
    const charge = new Charge(account, points, await account.take(points))
    if (!charge.taken.granted) return undefined
    scope.cost = cost
    scope.answerHeaders = () => charge.headers
    return charge
  }

  /** From what was kept, else by executing it; undefined where that gave an error, or nothing that is sure. */
  async #dataFor(
    { document, compiled, count, variables }: Asked,
    viewer: Viewer,
    request: ExchangeRequest,
    scope: RequestScope,
  ): Promise<ResponseData | undefined> {
    const { cache, metrics, costs, contextOf } = this.#parts
    const { schema, definition } = compiled.operation
    const looked = cache?.lookUp({ schema, document, operationName: definition.name?.value, variables, viewer })
    if (looked) metrics.responseCache.inc({ result: looked instanceof CachedResponse ? 'hit' : 'miss' })
    scope.isCached = looked instanceof CachedResponse
    if (looked instanceof CachedResponse) return looked

    const statementsBefore = scope.statements
    scope.reads = looked?.reads
    const result = await execute(compiled, contextOf(viewer, request), variables)
    if (!result?.data || result.errors) {
      if (result) this.#executed.set(scope, result)
      return undefined
    }
    scope.isCompiled = true
    const { actual } = costs.settle(count, result)
    const kept = looked?.keep(result.data, actual, scope.statements - statementsBefore)
    return kept ?? { json: JSON.stringify(result.data), actualCost: actual }
  }

  #bodyOf(
    data: ResponseData,
    count: CountedOperation,
    charge: Charge,
    request: ExchangeRequest,
    scope: RequestScope,
  ): string {
    const cost = this.#parts.costs.say(count, data.actualCost)
    scope.actualCost = cost.actual
    if (data instanceof CachedResponse && request.method === 'GET' && scope.isNamedById) {
      // Others may keep it, for whom the cost and the bucket of this request say nothing.
      scope.answerHeaders = () => cachingHeaders(data, request, this.#parts.maxAgeSeconds)
      return bodyOf(data)
    }
    return bodyOf(data, { cost: { ...cost, throttle: charge.throttle } })
  }
}
