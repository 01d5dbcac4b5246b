import { GraphQLError, type GraphQLErrorOptions } from 'graphql'
import { databaseFailure } from './database/failure.ts'

/**
 * Every error code that a client can see in `extensions.code`. `npm run docs` writes docs/errors.md from it. `status` is
 * the HTTP status of a request that is refused before execution; GraphQL over HTTP decides the status after it.
 */
export const errorCatalogue = {
  BAD_REQUEST: {
    status: 400,
    meaning: 'The HTTP request is not a GraphQL request: malformed JSON, no query, or parameters of wrong types.',
  },
  NOT_FOUND: {
    status: 404,
    meaning:
      'The server has nothing at this path; the API is at `/graphql`. Over REST: there is no such object, or none that the viewer sees.',
  },
  METHOD_NOT_ALLOWED: {
    status: 405,
    meaning: 'GET executes queries, POST executes every operation, other methods are refused.',
  },
  NOT_ACCEPTABLE: { status: 406, meaning: 'The server can respond in none of the media types in `Accept`.' },
  REQUEST_TIMEOUT: { status: 408, meaning: 'The request did not arrive completely within the time limit.' },
  URI_TOO_LONG: { status: 414, meaning: 'The path and query string are longer than the limit; use POST.' },
  RANGE_NOT_SATISFIABLE: { status: 416, meaning: 'The range begins behind the end of the file.' },
  HEADERS_TOO_LARGE: { status: 431, meaning: 'The headers are more or longer than the limit.' },
  PAYLOAD_TOO_LARGE: { status: 413, meaning: 'The request body is larger than the limit.' },
  UNSUPPORTED_MEDIA_TYPE: {
    status: 415,
    meaning: 'The body of a POST must be `application/json`, in UTF-8 and not compressed.',
  },
  ORIGIN_NOT_ALLOWED: { status: 403, meaning: 'Pages of this origin may not call the API.' },
  PERSISTED_QUERY_NOT_FOUND: {
    status: 404,
    meaning: 'The server does not know a document with this id; send the document.',
  },
  PERSISTED_QUERY_NOT_SUPPORTED: {
    status: 400,
    meaning: 'The server does not accept ids of documents; send the document.',
  },
  DOCUMENT_NOT_TRUSTED: {
    status: 403,
    meaning: 'The server executes only the documents of its manifests, and this document is in none of them.',
  },
  GRAPHQL_PARSE_FAILED: { status: 400, meaning: 'The document has a syntax error.' },
  GRAPHQL_VALIDATION_FAILED: { status: 422, meaning: 'The document does not fit the schema.' },
  DOCUMENT_LIMIT_EXCEEDED: {
    status: 422,
    meaning: 'The document has more tokens, depth, aliases, directives or mutations than the limit.',
  },
  OPERATION_RESOLUTION_FAILURE: {
    status: 422,
    meaning: 'The document has no operation of this name, or has several and `operationName` is missing.',
  },
  COST_LIMIT_EXCEEDED: {
    status: 422,
    meaning: 'The cost of the operation is above the limit; ask for fewer items or less depth.',
  },
  RATE_LIMITED: {
    status: 429,
    meaning:
      'The bucket of the viewer or address is empty, or it tried too often; try again after ' +
      '`extensions.retryAfterSeconds`, which is also in `Retry-After`.',
  },
  TOO_MANY_STREAMS: {
    status: 429,
    meaning:
      'The viewer or address has as many open streams as it may, or the server as many as it can; close one, or try again ' +
      'after `extensions.retryAfterSeconds`.',
  },
  BAD_USER_INPUT: { status: 400, meaning: 'The value of a variable or argument does not fit its type.' },
  INVALID_ID: { status: 422, meaning: 'An id is malformed, or belongs to another type.' },
  INVALID_CURSOR: {
    status: 422,
    meaning: 'The cursor is not from this connection, or is from another sort of it.',
  },
  POSITION_EXPIRED: {
    status: 410,
    meaning:
      'Events behind this position of the feed are no longer kept, or the database was restored from before it: read ' +
      'everything again, and go on from a new position.',
  },
  INVALID_PAGE_SIZE: { status: 422, meaning: '`first` or `last` is negative or above 100, or the field has both.' },
  UNAUTHENTICATED: {
    status: 401,
    meaning: 'The field needs a credential, or the token or API key is malformed, expired, revoked or unknown.',
  },
  FORBIDDEN: {
    status: 403,
    meaning: 'The viewer may not use this field or input, or the link to a file is wrong or has expired.',
  },
  DEADLINE_EXCEEDED: {
    status: 503,
    meaning: 'The operation took too long and was stopped; ask for less, or try again.',
  },
  OVERLOADED: {
    status: 503,
    meaning:
      'More was asked of the server than it can do now, and nothing of this request was done; try again after ' +
      '`extensions.retryAfterSeconds`, which is also in `Retry-After`.',
  },
  CANCELLED: {
    status: 499,
    meaning: 'The client closed the connection before its response, so that its reads were stopped; only logs have it.',
  },
  UNAVAILABLE: {
    status: 503,
    meaning: 'The server cannot reach its database or a token issuer, or is stopping; try again.',
  },
  UPSTREAM_UNAVAILABLE: {
    status: 502,
    meaning:
      'The field comes from another service, which did not answer in time; the rest of the response is complete. Try ' +
      'again later.',
  },
  UPSTREAM_INVALID: {
    status: 502,
    meaning:
      'The field comes from another service, which refused the call or sent an answer of another form; the rest of the ' +
      'response is complete.',
  },
  SWITCHED_OFF: {
    status: 501,
    meaning:
      'This server only reads its database. Mutations, subscriptions, API keys and all else that it would write down are ' +
      'off; trying again does not help.',
  },
  IDEMPOTENCY_KEY_REQUIRED: {
    status: 400,
    meaning: 'This mutation needs an idempotency key, in its input or as a header.',
  },
  IDEMPOTENCY_KEY_REUSED: { status: 422, meaning: 'The idempotency key was used before with other arguments.' },
  IDEMPOTENCY_KEY_IN_FLIGHT: {
    status: 409,
    meaning:
      'The first request with this idempotency key is still running; try again after `extensions.retryAfterSeconds`.',
  },
  INTERNAL_SERVER_ERROR: {
    status: 500,
    meaning: 'An unexpected error in the server; the log has the details under the request id.',
  },
} as const

export type ErrorCode = keyof typeof errorCatalogue

/** An error for the client. The message says what is wrong and, where possible, what to do. */
export function clientError(code: ErrorCode, message: string, options: GraphQLErrorOptions = {}): GraphQLError {
  return new GraphQLError(message, { ...options, extensions: { ...options.extensions, code } })
}

/** An error of the HTTP layer: its status also applies to responses of type `application/json`. */
export function requestError(
  code: ErrorCode,
  message: string,
  headers: Record<string, string> = {},
  extensions: Record<string, unknown> = {},
): GraphQLError {
  const http = { status: errorCatalogue[code].status, headers, spec: false }
  return new GraphQLError(message, { extensions: { ...extensions, code, http } })
}

/** An error after which the same request may succeed. RFC 9110, section 10.2.3: `Retry-After`, in seconds. */
export function retryLater(
  code: ErrorCode,
  message: string,
  retryAfterSeconds: number,
  extensions: Record<string, unknown> = {},
): GraphQLError {
  const headers = { 'retry-after': String(retryAfterSeconds) }
  return requestError(code, message, headers, { retryAfterSeconds, ...extensions })
}

/**
 * Makes errors without a stack of their own, because they stand for others, or are for a client. V8 needs some 10 µs for a
 * stack, and a service that is down makes an error for each of its fields.
 */
export function withoutStack<Made>(make: () => Made): Made {
  const { stackTraceLimit } = Error
  Error.stackTraceLimit = 0
  try {
    return make()
  } finally {
    Error.stackTraceLimit = stackTraceLimit
  }
}

/** `what` begins the sentence, in the singular: `A mutation`. */
export function switchedOff(what: string): GraphQLError {
  return clientError('SWITCHED_OFF', `${what} is not available: this server only reads.`)
}

export function isErrorCode(code: unknown): code is ErrorCode {
  return typeof code === 'string' && Object.hasOwn(errorCatalogue, code)
}

/** Codes that hide their cause from the client. The log has the cause. */
const hidden: ReadonlySet<ErrorCode> = new Set(['INTERNAL_SERVER_ERROR', 'UNAVAILABLE', 'DEADLINE_EXCEEDED'])

export function isHidden(code: ErrorCode): boolean {
  return hidden.has(code)
}

export function codeOf(error: unknown): ErrorCode | undefined {
  if (!(error instanceof GraphQLError)) return undefined
  return isErrorCode(error.extensions.code) ? error.extensions.code : undefined
}

/**
 * The error that the client receives. An error of the catalogue is unchanged, an error of graphql-js gets its code, a
 * timeout or unavailability of the database is translated, and any other error becomes INTERNAL_SERVER_ERROR.
 */
export function publicError(error: unknown): GraphQLError {
  if (!(error instanceof GraphQLError)) return unexpected(error)
  if (codeOf(error)) return error
  if (error.originalError && !(error.originalError instanceof GraphQLError))
    return located(unexpected(error.originalError), error)
  if (error.originalError) return located(publicError(error.originalError), error)
  // The executor's errors about arguments have no code. Any other error without a code is a bug of the server.
  const shown = error.message.startsWith('Argument "')
    ? clientError('BAD_USER_INPUT', error.message)
    : unexpected(error)
  return located(shown, error)
}

function unexpected(error: unknown): GraphQLError {
  const failure = databaseFailure(error)
  if (failure === 'deadline') return clientError('DEADLINE_EXCEEDED', 'The operation took too long and was stopped.')
  if (failure === 'cancelled') return clientError('CANCELLED', 'The client has gone, and the operation was stopped.')
  if (failure) return clientError('UNAVAILABLE', 'The service cannot answer right now; try again shortly.')
  return clientError('INTERNAL_SERVER_ERROR', 'Unexpected error.')
}

function located(error: GraphQLError, at: GraphQLError): GraphQLError {
  const { nodes, source, positions, path } = at
  return new GraphQLError(error.message, { nodes, source, positions, path, extensions: error.extensions })
}
