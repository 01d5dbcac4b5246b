import { codeOf, errorCatalogue, isErrorCode } from '../errors.ts'
import { ExchangeResponse } from '../http/exchange.ts'
import { type Problem, type ProblemPart, problemBody, problemType } from '../http/problem.ts'
import { inputPlace } from '../operations/input-place.ts'
import type { OperationResult, ResponseErrors } from '../operations/operation-result.ts'
import type { RestOperation } from './rest-operation.ts'

/** User errors are no error of the catalogue: each has a code of its own. */
const inputRefusedStatus = 422

interface Told {
  apiPath: string
  operation: RestOperation
  /** Headers of the GraphQL response. */
  headers: Iterable<readonly [string, string]>
}

/** The response to a call that GraphQL answered with errors: of several, the one with the lowest status. */
export function errorProblem(errors: ResponseErrors, told: Told): ExchangeResponse {
  const known = errors.flatMap(({ message, extensions: { code, ...others } }) => {
    return isErrorCode(code) ? [{ ...others, code, detail: spoken(message), status: errorCatalogue[code].status }] : []
  })
  const [first] = known.sort((a, b) => a.status - b.status)
  if (!first) throw new Error('a response has neither data nor errors of the catalogue')
  const parts = errors.flatMap(({ message, extensions: { code } }) => variablePart(message, code, told.operation) ?? [])
  return response({ ...first, errors: parts.length > 0 ? parts : undefined }, told)
}

/** The response to a mutation that its caller can mend. */
export function userErrorProblem(
  { userErrors }: Extract<OperationResult, { kind: 'refused' }>,
  requestId: string,
  told: Told,
): ExchangeResponse {
  const errors = userErrors.map(({ code, message, path }): ProblemPart => {
    const place = inputPlace(told.operation, path)
    return { code, detail: message, ...(place && placed(place.variable, place.path, told.operation)) }
  })
  const detail = errors.map((error) => error.detail).join(' ')
  return response({ code: 'INPUT_REFUSED', status: inputRefusedStatus, detail, requestId, errors }, told)
}

/** The response where a path names an object that is not there, or not visible. */
export function notFound(requestId: string, told: Told): ExchangeResponse {
  const detail = 'There is no such object, or none that you may see.'
  return response({ code: 'NOT_FOUND', status: errorCatalogue.NOT_FOUND.status, detail, requestId }, told)
}

function response(problem: Problem, { apiPath, headers }: Told): ExchangeResponse {
  const made = new ExchangeResponse(problemBody(apiPath, problem), { status: problem.status })
  for (const [name, value] of headers) made.headers.set(name, value)
  made.headers.set('content-type', `${problemType}; charset=utf-8`)
  // RFC 9110, section 15.5.2
  if (problem.status === errorCatalogue.UNAUTHENTICATED.status) made.headers.set('www-authenticate', 'Bearer')
  return made
}

const ofVariable = /^Variable "\$(\w+)"/

/** Clients of REST know no variables. */
function spoken(message: string): string {
  return message.replace(ofVariable, '"$1"')
}

/** The error of a variable (see coerceVariables), with its place. */
function variablePart(message: string, code: string, operation: RestOperation): ProblemPart | undefined {
  const variable = ofVariable.exec(message)?.[1]
  if (variable === undefined) return undefined
  // `lines[0].quantity`
  const place = / at "([^"]*)": /.exec(message)?.[1] ?? variable
  const [, ...path] = place.split(/[.[\]]+/).filter((step) => step !== '')
  return { code, detail: spoken(message), ...placed(variable, path, operation) }
}

function placed(variable: string, path: readonly string[], { inBody }: RestOperation): Partial<ProblemPart> {
  if (inBody.some(({ name }) => name === variable))
    return { pointer: `#${[variable, ...path].map(pointerStep).join('')}` }
  return { parameter: path.length === 0 ? variable : `${variable}[${path.join('][')}]` }
}

/** RFC 6901, section 3. */
function pointerStep(step: string): string {
  return `/${encodeURIComponent(step.replaceAll('~', '~0').replaceAll('/', '~1'))}`
}

/** A refusal that was thrown. Throws any other error again. */
export function refusalIn(error: unknown) {
  const code = codeOf(error)
  if (!code || !(error instanceof Error)) throw error
  return { code, message: error.message }
}
