import { z } from 'zod'
import { mediaTypes, rowWriter } from '../bulk/row-format.ts'
import { ExchangeResponse, type ResponseData } from '../http/exchange.ts'
import { type OperationResult, operationResponse, operationResult } from '../operations/operation-result.ts'
import { csvShape } from './csv-shape.ts'
import type { RestOperation } from './rest-operation.ts'
import { errorProblem, notFound, userErrorProblem } from './rest-problem.ts'

export type RestFormat = 'json' | 'csv'

/** The call that is answered. */
export interface AnsweredCall {
  apiPath: string
  /** Path and query string of the request. */
  url: string
  requestId: string
  format: RestFormat
}

interface Written {
  readonly body: string
  /** The cursor behind a page that has a next one. */
  readonly next?: string | undefined
  readonly total?: number | undefined
  readonly isReplay?: boolean
}

type Unwritten = Extract<OperationResult, { kind: 'absent' | 'refused' }>

/** Turns GraphQL responses of one operation into those of REST. */
export class RestAnswers {
  readonly #operation: RestOperation
  /** What was written of cached data, for as long as the cache has it. */
  readonly #kept: Record<RestFormat, WeakMap<object, Written | Unwritten>> = { json: new WeakMap(), csv: new WeakMap() }

  constructor(operation: RestOperation) {
    this.#operation = operation
  }

  answer(executed: ExchangeResponse, call: AnsweredCall): ExchangeResponse {
    const answered = this.#answer(executed, call)
    const isGood = answered.status === 200
    answered.isCompressible = isGood && executed.isCompressible
    answered.extraHeaders = executed.extraHeaders.flatMap(([name, value]) => {
      if (!isGood && cachingNames.includes(name)) return []
      return [[name, name === 'etag' ? tagOf(value, call.format) : value]]
    })
    return answered
  }

  #answer(executed: ExchangeResponse, call: AnsweredCall): ExchangeResponse {
    const { data } = executed
    if (data) return this.#ofData(data, executed, call)
    const parsed = operationResponse.parse(JSON.parse(executed.body))
    const told = { apiPath: call.apiPath, operation: this.#operation, headers: executed.headers }
    const isDone = this.#operation.type === 'mutation' && parsed.data?.[this.#operation.answer.root.key] != null
    // A mutation that was done is answered as done, also where a part of its answer could not be read: that is null.
    if (parsed.errors && !isDone) return errorProblem(parsed.errors, told)
    return this.#ofData({ value: parsed.data ?? {}, json: undefined, key: undefined }, executed, call)
  }

  #ofData(data: ResponseData, executed: ExchangeResponse, call: AnsweredCall): ExchangeResponse {
    const kept = this.#kept[call.format]
    const written = (data.key && kept.get(data.key)) ?? this.#write(data, call.format)
    if (data.key) kept.set(data.key, written)
    const told = { apiPath: call.apiPath, operation: this.#operation, headers: executed.headers }
    if ('body' in written) return responseOf(written, executed, call)
    if (written.kind === 'absent') return notFound(call.requestId, told)
    return userErrorProblem(written, call.requestId, told)
  }

  #write({ value, json }: ResponseData, format: RestFormat): Written | Unwritten {
    const data: unknown = value ?? JSON.parse(json ?? 'null')
    const { answer } = this.#operation
    const result = operationResult(answer, z.record(z.string(), z.unknown()).parse(data)[answer.root.key])
    if (result.kind === 'absent' || result.kind === 'refused') return result
    if (result.kind === 'changed') return { body: JSON.stringify(result.value), isReplay: result.replayed ?? false }
    if (result.kind === 'value') return { body: JSON.stringify(result.value) }
    const { value: nodes, next, total } = result
    return { body: format === 'csv' ? csvOf(this.#operation, nodes) : JSON.stringify(nodes), next, total }
  }
}

function csvOf(operation: RestOperation, nodes: readonly object[]): string {
  const shape = csvShape(operation)
  if (!shape) throw new Error(`${operation.name} has no form in CSV`)
  const { head, rows, tail } = rowWriter('csv', shape, false)
  return `${head}${rows(nodes)}${tail}`
}

const types: Record<RestFormat, string> = { json: 'application/json; charset=utf-8', csv: mediaTypes.csv }

function responseOf({ body, next, total, isReplay }: Written, executed: ExchangeResponse, call: AnsweredCall) {
  const made = new ExchangeResponse(body)
  for (const [name, value] of executed.headers) made.headers.set(name, value)
  made.headers.set('content-type', types[call.format])
  if (next !== undefined) made.headers.set('link', `<${nextUrl(call.url, next)}>; rel="next"`)
  if (total !== undefined) made.headers.set('x-total-count', String(total))
  if (isReplay) made.headers.set('idempotent-replayed', 'true')
  return made
}

/** Headers that are about good responses only. */
const cachingNames = ['etag', 'cache-control']

/** Each representation has a tag of its own (RFC 9110, section 8.8.3). */
function tagOf(tag: string, format: RestFormat): string {
  return format === 'csv' ? tag.replace(/"$/, '.csv"') : tag
}

/** The same request behind this cursor (RFC 8288), relative to its own URL. */
function nextUrl(url: string, cursor: string): string {
  const [path = '', search] = url.split('?', 2)
  const parameters = new URLSearchParams(search)
  parameters.set('after', cursor)
  return `${path}?${parameters}`
}
