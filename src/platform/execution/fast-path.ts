import { GraphQLError, type GraphQLSchema } from 'graphql'
import { anonymous, type Viewer } from '../auth/viewer.ts'
import { responseBody } from '../cache/cached-responses.ts'
import type { Context } from '../context.ts'
import { coerceVariables } from '../graphql/variables.ts'
import { ExchangeResponse } from '../http/exchange.ts'
import { execute, executeLines } from './compiled/execute.ts'
import type { ErrorMask } from './error-mask.ts'
import type { KnownDocuments } from './known-documents.ts'
import type { RequestScope } from './request-scope.ts'
import { type FastOperation, type FastPart, type FastRequest, type FastResponse, isAbsent, type Step } from './step.ts'

interface FastPathParts {
  schema: GraphQLSchema
  steps: readonly Step[]
  documents: KnownDocuments
  contextFor: (viewer: Viewer, scope: RequestScope) => Context
  mask: ErrorMask
  /** Resolves when the next part of an export may run. */
  turn: () => Promise<void>
}

/**
 * Executes operations of known documents without Yoga and graphql-js. It takes the same steps as the general route, from
 * the same list. It responds with data, or with the refusal of a step that must be cheap. Any other refusal, a denial, an
 * error or an operation that cannot be compiled is handed over to the general route, which then takes every step itself.
 */
export class FastPath {
  readonly #parts: FastPathParts
  readonly #onRequest: NonNullable<FastPart['onRequest']>[]
  readonly #onOperation: NonNullable<FastPart['onOperation']>[]
  readonly #onResponse: NonNullable<FastPart['onResponse']>[]
  readonly #onHandOver: NonNullable<FastPart['onHandOver']>[]
  readonly #onRefusal: NonNullable<FastPart['onRefusal']>[]

  constructor(parts: FastPathParts) {
    this.#parts = parts
    const fast = parts.steps.flatMap((step) => (isAbsent(step.fast) ? [] : step.fast))
    this.#onRequest = fast.flatMap(({ onRequest }) => onRequest ?? [])
    this.#onOperation = fast.flatMap(({ onOperation }) => onOperation ?? [])
    this.#onResponse = fast.flatMap(({ onResponse }) => onResponse ?? [])
    this.#onHandOver = fast.flatMap(({ onHandOver }) => onHandOver ?? [])
    this.#onRefusal = fast.flatMap(({ onRefusal }) => onRefusal ?? [])
  }

  /** Undefined where the general route must respond. */
  async respond(scope: RequestScope): Promise<ExchangeResponse | undefined> {
    const operation = this.#operationOf({ request: scope.request, scope, parameters: undefined })
    if (!operation) return undefined
    const response = await this.#run(operation)
    if (!response) {
      for (const undo of this.#onHandOver) undo(operation)
      return undefined
    }
    if (response instanceof GraphQLError) return this.#refuse(operation, response)
    for (const finish of this.#onResponse) finish(operation, response)
    const { data, json, extensions, cached } = response
    return new ExchangeResponse(() => responseBody(json ?? JSON.stringify(data), extensions), {
      headers: contentTypeOf(scope),
      data: { value: json === undefined ? data : undefined, json, key: cached },
    })
  }

  #refuse(operation: FastOperation, error: GraphQLError): ExchangeResponse {
    const masked = this.#parts.mask(error)
    for (const finish of this.#onRefusal) finish(operation, masked)
    const { http, ...extensions } = masked.extensions
    const body = JSON.stringify({ errors: [{ message: masked.message, extensions }] })
    return new ExchangeResponse(body, {
      status: http?.status ?? 200,
      headers: { ...contentTypeOf(operation.scope), ...http?.headers },
    })
  }

  #operationOf(request: FastRequest): FastOperation | undefined {
    for (const check of this.#onRequest) if (check(request)) return undefined
    const { query: text, operationName, variables: given = {} } = request.parameters ?? {}
    const known = text === undefined ? undefined : this.#parts.documents.find(text)
    const compiled = known?.operationOf(operationName, given)
    if (text === undefined || !known || !compiled) return undefined
    // The general route begins a stream; its events come here.
    const { operation } = compiled.operation.definition
    if ((operation === 'subscription') !== (request.scope.event !== undefined)) return undefined
    const { coerced } = coerceVariables(this.#parts.schema, compiled.operation.definition, given)
    if (!coerced) return undefined
    return {
      request: request.request,
      scope: request.scope,
      text,
      document: known.document,
      compiled,
      given,
      variables: coerced,
      viewer: anonymous,
      json: undefined,
    }
  }

  async #run(operation: FastOperation): Promise<FastResponse | GraphQLError | undefined> {
    for (const check of this.#onOperation) {
      const checked = check(operation)
      const verdict = checked instanceof Promise ? await checked : checked
      if (verdict) return verdict === 'hand over' ? undefined : verdict
    }
    if (operation.json !== undefined) return { data: {}, json: operation.json, extensions: {} }
    return this.#execute(operation)
  }

  async #execute({ compiled, viewer, scope, variables }: FastOperation): Promise<FastResponse | undefined> {
    const { documents, contextFor, turn } = this.#parts
    const context = contextFor(viewer, scope)
    const lines = scope.export?.takesLines ? await executeLines(compiled, { context, variables, turn }) : undefined
    if (lines) {
      scope.isCompiled = true
      return { data: {}, json: undefined, extensions: {}, lines }
    }
    const result = await execute(compiled, context, variables, scope.event)
    if (!result?.data || result.errors) {
      if (result) documents.handOver(scope, result)
      return undefined
    }
    scope.isCompiled = true
    return { data: result.data, json: undefined, extensions: {} }
  }
}

function contentTypeOf({ request }: RequestScope) {
  return { 'content-type': `${request.headers.get('accept')}; charset=utf-8` }
}
