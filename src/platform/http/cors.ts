import type { IncomingMessage, ServerResponse } from 'node:http'

const preflightSeconds = 600
const allowedHeaders = [
  ...['authorization', 'content-type', 'x-request-id', 'idempotency-key', 'last-event-id', 'x-consistency-token'],
  'x-timeout-ms',
  ...['mcp-protocol-version', 'mcp-method', 'mcp-name'],
  ...['graphql-client-name', 'graphql-client-version', 'apollographql-client-name', 'apollographql-client-version'],
].join(', ')

const exposedHeaders = [
  ...['x-request-id', 'x-consistency-token', 'ratelimit', 'ratelimit-policy', 'retry-after'],
  ...['etag', 'link', 'x-total-count', 'idempotent-replayed', 'www-authenticate'],
].join(', ')

/** Fetch standard, section 3.3: a page of an allowed origin may read the response and send a token, but no cookies. */
export function allowOrigin(
  request: IncomingMessage,
  response: ServerResponse,
  allowedOrigins: readonly string[],
): void {
  response.appendHeader('vary', 'origin')
  const { origin } = request.headers
  if (origin === undefined || !allowedOrigins.includes(origin)) return
  response.setHeader('access-control-allow-origin', origin)
  response.setHeader('access-control-expose-headers', exposedHeaders)
}

export function answerPreflight(response: ServerResponse, methods = 'GET, POST'): void {
  response.setHeader('access-control-allow-methods', methods)
  response.setHeader('access-control-allow-headers', allowedHeaders)
  response.setHeader('access-control-max-age', preflightSeconds)
  response.writeHead(204).end()
}
