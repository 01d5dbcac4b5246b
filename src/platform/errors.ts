import { GraphQLError, type GraphQLErrorOptions } from 'graphql'
import { databaseFailure } from './database/failure.ts'

/**
 * The whole catalogue of error codes: what a client may see in `extensions.code`, and no other. The README's table is
 * held against it by a test. `status` is the HTTP status where the request was not executed; errors met while executing
 * leave the status to GraphQL over HTTP.
 */
export const errorCatalogue = {
  BAD_REQUEST: {
    status: 400,
    meaning: 'The HTTP request is not a GraphQL request: malformed JSON, no query, wrong types of parameters.',
  },
  NOT_FOUND: { status: 404, meaning: 'There is nothing at this path; the API is at `/graphql`.' },
  METHOD_NOT_ALLOWED: { status: 405, meaning: 'GET runs queries only, POST runs everything, other methods nothing.' },
  NOT_ACCEPTABLE: { status: 406, meaning: 'None of the media types in `Accept` can be served.' },
  REQUEST_TIMEOUT: { status: 408, meaning: 'The request did not arrive whole within the time the server gives it.' },
  URI_TOO_LONG: { status: 414, meaning: 'The path and query string are longer than the server takes; use POST.' },
  HEADERS_TOO_LARGE: { status: 431, meaning: 'The request has more or longer headers than the server takes.' },
  PAYLOAD_TOO_LARGE: { status: 413, meaning: 'The request body is larger than the server takes.' },
  UNSUPPORTED_MEDIA_TYPE: {
    status: 415,
    meaning: 'The body of a POST must be `application/json` in UTF-8, not compressed.',
  },
  ORIGIN_NOT_ALLOWED: { status: 403, meaning: 'A page of this origin may not call the API.' },
  PERSISTED_QUERY_NOT_FOUND: { status: 404, meaning: 'The server knows no document of this id; send the document.' },
  PERSISTED_QUERY_NOT_SUPPORTED: {
    status: 400,
    meaning: 'The server takes no ids of documents; send the document.',
  },
  DOCUMENT_NOT_TRUSTED: { status: 403, meaning: 'The server runs documents of its manifests only, and this is none.' },
  GRAPHQL_PARSE_FAILED: { status: 400, meaning: 'The document is not GraphQL.' },
  GRAPHQL_VALIDATION_FAILED: { status: 422, meaning: 'The document does not fit the schema.' },
  DOCUMENT_LIMIT_EXCEEDED: {
    status: 422,
    meaning: 'The document has more tokens, depth, aliases, directives or mutations than the server takes.',
  },
  OPERATION_RESOLUTION_FAILURE: {
    status: 422,
    meaning: 'The document has no such operation, or several and no `operationName`.',
  },
  COST_LIMIT_EXCEEDED: {
    status: 422,
    meaning: 'The operation could read more than one operation may; ask for fewer items or less depth.',
  },
  RATE_LIMITED: {
    status: 429,
    meaning:
      'Too much was asked in a short time; try again in `extensions.retryAfterSeconds`, as `Retry-After` says too.',
  },
  BAD_USER_INPUT: { status: 400, meaning: 'A variable or argument has a value its type does not take.' },
  INVALID_ID: { status: 422, meaning: 'An id is malformed, or is that of another type.' },
  INVALID_CURSOR: {
    status: 422,
    meaning: 'A cursor is not one this connection gave out, or was given out for another sort.',
  },
  INVALID_PAGE_SIZE: { status: 422, meaning: '`first` or `last` is negative, above 100, or both are given.' },
  UNAUTHENTICATED: {
    status: 401,
    meaning: 'The field needs a viewer, or the token or API key is malformed, expired, revoked or not ours.',
  },
  FORBIDDEN: { status: 403, meaning: 'This viewer may not do or see this.' },
  DEADLINE_EXCEEDED: {
    status: 503,
    meaning: 'The operation took too long and was stopped; ask for less, or try again.',
  },
  UNAVAILABLE: { status: 503, meaning: 'The server cannot reach its data, or is overloaded or stopping; try again.' },
  IDEMPOTENCY_KEY_REQUIRED: {
    status: 400,
    meaning: 'This mutation needs an idempotency key, in its input or as a header.',
  },
  IDEMPOTENCY_KEY_REUSED: { status: 422, meaning: 'The idempotency key came with other arguments before.' },
  IDEMPOTENCY_KEY_IN_FLIGHT: {
    status: 409,
    meaning:
      'The first request with this idempotency key is still running; try again in `extensions.retryAfterSeconds`.',
  },
  INTERNAL_SERVER_ERROR: { status: 500, meaning: 'Our fault; the log has the whole story under the request id.' },
} as const

export type ErrorCode = keyof typeof errorCatalogue

/** An error for the client: what is wrong and, where it can be said, what to do. */
export function clientError(code: ErrorCode, message: string, options: GraphQLErrorOptions = {}): GraphQLError {
  return new GraphQLError(message, { ...options, extensions: { ...options.extensions, code } })
}

/** The same, for what HTTP itself refuses: its status holds under `application/json` too. */
export function requestError(
  code: ErrorCode,
  message: string,
  headers: Record<string, string> = {},
  extensions: Record<string, unknown> = {},
): GraphQLError {
  const http = { status: errorCatalogue[code].status, headers, spec: false }
  return new GraphQLError(message, { extensions: { ...extensions, code, http } })
}

function isErrorCode(code: unknown): code is ErrorCode {
  return typeof code === 'string' && Object.hasOwn(errorCatalogue, code)
}

/** Codes whose cause the client is not told, so that the log must be. */
const hidden: ReadonlySet<ErrorCode> = new Set(['INTERNAL_SERVER_ERROR', 'UNAVAILABLE', 'DEADLINE_EXCEEDED'])

export function isHidden(code: ErrorCode): boolean {
  return hidden.has(code)
}

export function codeOf(error: unknown): ErrorCode | undefined {
  if (!(error instanceof GraphQLError)) return undefined
  return isErrorCode(error.extensions.code) ? error.extensions.code : undefined
}

/**
 * What a client sees of any error: one of the catalogue passes, GraphQL's own refusals get their code, the database's
 * ways of saying "too slow" and "not now" are translated, and all else is hidden behind INTERNAL_SERVER_ERROR.
 */
export function publicError(error: unknown): GraphQLError {
  if (!(error instanceof GraphQLError)) return unexpected(error)
  if (codeOf(error)) return error
  if (error.originalError && !(error.originalError instanceof GraphQLError))
    return located(unexpected(error.originalError), error)
  if (error.originalError) return located(publicError(error.originalError), error)
  // What the executor says of arguments carries no code. Any other error without one is a fault of ours.
  const shown = error.message.startsWith('Argument "')
    ? clientError('BAD_USER_INPUT', error.message)
    : unexpected(error)
  return located(shown, error)
}

function unexpected(error: unknown): GraphQLError {
  const fault = databaseFailure(error)
  if (fault === 'deadline') return clientError('DEADLINE_EXCEEDED', 'The operation took too long and was stopped.')
  if (fault) return clientError('UNAVAILABLE', 'The service cannot answer right now; try again shortly.')
  return clientError('INTERNAL_SERVER_ERROR', 'Unexpected error.')
}

function located(error: GraphQLError, at: GraphQLError): GraphQLError {
  const { nodes, source, positions, path } = at
  return new GraphQLError(error.message, { nodes, source, positions, path, extensions: error.extensions })
}
