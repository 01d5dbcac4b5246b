import type { GraphQLSchema } from 'graphql'
import { anonymous, type Viewer } from '../auth/viewer.ts'
import { responseBody } from '../cache/cached-responses.ts'
import type { Context } from '../context.ts'
import { coerceVariables } from '../graphql/variables.ts'
import { ExchangeResponse } from '../http/exchange.ts'
import { execute, executeLines } from './compiled/execute.ts'
import type { KnownDocuments } from './known-documents.ts'
import type { RequestScope } from './request-scope.ts'
import { type FastOperation, type FastPart, type FastRequest, type FastResponse, isAbsent, type Step } from './step.ts'

interface FastPathParts {
  schema: GraphQLSchema
  steps: readonly Step[]
  documents: KnownDocuments
  contextFor: (viewer: Viewer, scope: RequestScope) => Context
  /** Resolves when the next part of an export may run. */
  turn: () => Promise<void>
}

/**
 * Executes operations of known documents without Yoga and graphql-js. It takes the same steps as the general route, from
 * the same list. It responds only with data: a refusal, a denial, an error or an operation that cannot be compiled is
 * handed over to the general route, which then takes every step itself.
 */
export class FastPath {
  readonly #parts: FastPathParts
  readonly #onRequest: NonNullable<FastPart['onRequest']>[]
  readonly #onOperation: NonNullable<FastPart['onOperation']>[]
  readonly #onResponse: NonNullable<FastPart['onResponse']>[]
  readonly #onHandOver: NonNullable<FastPart['onHandOver']>[]

  constructor(parts: FastPathParts) {
    this.#parts = parts
    const fast = parts.steps.flatMap((step) => (isAbsent(step.fast) ? [] : step.fast))
    this.#onRequest = fast.flatMap(({ onRequest }) => onRequest ?? [])
    this.#onOperation = fast.flatMap(({ onOperation }) => onOperation ?? [])
    this.#onResponse = fast.flatMap(({ onResponse }) => onResponse ?? [])
    this.#onHandOver = fast.flatMap(({ onHandOver }) => onHandOver ?? [])
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
    for (const finish of this.#onResponse) finish(operation, response)
    const { data, json, extensions, cached } = response
    return new ExchangeResponse(() => responseBody(json ?? JSON.stringify(data), extensions), {
      headers: { 'content-type': `${scope.request.headers.get('accept')}; charset=utf-8` },
      data: { value: json === undefined ? data : undefined, json, key: cached },
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

  async #run(operation: FastOperation): Promise<FastResponse | undefined> {
    for (const check of this.#onOperation) {
      const verdict = check(operation)
      if (verdict instanceof Promise ? await verdict : verdict) return undefined
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
