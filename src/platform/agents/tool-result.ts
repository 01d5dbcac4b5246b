import { type ErrorCode, errorCatalogue, isErrorCode } from '../errors.ts'
import type { ExchangeResponse } from '../http/exchange.ts'
import { inputPlace } from '../operations/input-place.ts'
import { type OperationResult, operationResponse, operationResult } from '../operations/operation-result.ts'
import type { ToolOperation } from './tool.ts'

/** What became of a call. */
export interface ToolResult {
  readonly isError: boolean
  readonly outcome: 'DONE' | 'REFUSED' | 'DENIED' | 'FAILED'
  /** Of errors and user errors. */
  readonly codes: readonly string[]
  readonly shown: Readonly<Record<string, unknown>>
}

/** Reads the GraphQL response of a tool's operation. */
export function toolResult({ tool: { answer } }: ToolOperation, { body }: ExchangeResponse): ToolResult {
  const { data, errors = [] } = operationResponse.parse(JSON.parse(body))
  const codes = [...new Set(errors.map(({ extensions }) => extensions.code))]
  const value = data?.[answer.root.key] ?? null
  if (value === null && errors.length > 0) {
    const told = errors.map(({ message, extensions: { code, retryAfterSeconds } }) => {
      return { code, message, retryAfterSeconds }
    })
    return { isError: true, outcome: outcomeOf(codes), codes, shown: { errors: told } }
  }
  const result = operationResult(answer, value)
  if (result.kind === 'refused') return refused(result, answer)
  const withheld = codes.length > 0 ? { withheld: codes } : {}
  // What a mutation has done is done, also where a part of its answer could not be read.
  const outcome = result.kind === 'changed' ? 'DONE' : outcomeOf(codes)
  return { isError: false, outcome, codes, shown: { ...shownOf(result), ...withheld } }
}

/** A refusal before the operation is called. */
export function refusal(code: ErrorCode, message: string): ToolResult {
  return { isError: true, outcome: outcomeOf([code]), codes: [code], shown: { errors: [{ code, message }] } }
}

function refused(
  { userErrors }: Extract<OperationResult, { kind: 'refused' }>,
  answer: ToolOperation['answer'],
): ToolResult {
  const errors = userErrors.map(({ code, message, path }) => {
    const place = inputPlace({ answer }, path)
    return { code, message, ...(place && { argument: [place.variable, ...place.path].join('.') }) }
  })
  return { isError: true, outcome: 'REFUSED', codes: userErrors.map(({ code }) => code), shown: { errors } }
}

function shownOf(result: Exclude<OperationResult, { kind: 'refused' }>): ToolResult['shown'] {
  if (result.kind === 'absent') return { data: null }
  const { kind: _, value, ...others } = result
  return { data: value, ...others }
}

function outcomeOf(codes: readonly string[]): ToolResult['outcome'] {
  if (codes.length === 0) return 'DONE'
  if (codes.some((code) => !isErrorCode(code) || errorCatalogue[code].status >= 500)) return 'FAILED'
  return codes.some((code) => code === 'FORBIDDEN' || code === 'UNAUTHENTICATED') ? 'DENIED' : 'REFUSED'
}
