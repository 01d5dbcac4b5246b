import { type ErrorCode, errorCatalogue } from '../errors.ts'

/** RFC 9457, section 4. */
export const problemType = 'application/problem+json'

/** What is wrong with a request, for clients of REST. */
export interface Problem {
  readonly code: ErrorCode | 'INPUT_REFUSED'
  readonly status: number
  readonly detail: string
  readonly requestId: string
  readonly traceId?: string | undefined
  readonly retryAfterSeconds?: number | undefined
  /** Each fault of the input. */
  readonly errors?: readonly ProblemPart[] | undefined
}

export interface ProblemPart {
  readonly code: string
  readonly detail: string
  /** The place in the body, as a JSON pointer in a URI fragment (RFC 6901, section 6). */
  readonly pointer?: string | undefined
  /** The parameter of path or query string. */
  readonly parameter?: string | undefined
}

/** Problem details (RFC 9457). The type leads to the section of the code on the reference page of the API. */
export function problemBody(apiPath: string, { code, status, detail, ...others }: Problem): string {
  const title = titleOf(code)
  return JSON.stringify({ type: `${apiPath}/#${code}`, title, status, detail, code, ...others })
}

/** `Rate limited` */
function titleOf(code: string): string {
  const words = code.toLowerCase().replaceAll('_', ' ')
  return words.slice(0, 1).toUpperCase() + words.slice(1)
}

const pathOfApi = /^(?:\/\w+)?\/api(?=\/)/

/** The path of the API where this one is below it; undefined for any other. */
export function apiPathIn(path: string): string | undefined {
  return pathOfApi.exec(path)?.[0]
}

/** The body of a refusal, in the form of what is at this path. */
export function refusalBody(
  path: string,
  {
    code,
    message,
    ...others
  }: { code: ErrorCode; message: string; requestId: string; traceId?: string | undefined; retryAfterSeconds?: number },
): { type: string; body: string } {
  const apiPath = apiPathIn(path)
  if (apiPath === undefined)
    return {
      type: 'application/json',
      body: JSON.stringify({ errors: [{ message, extensions: { code, ...others } }] }),
    }
  const { status } = errorCatalogue[code]
  return { type: problemType, body: problemBody(apiPath, { code, status, detail: message, ...others }) }
}
