import type { IncomingMessage } from 'node:http'

/** Node keeps the first of several Authorization headers. Joined, two of them are no valid credential. */
export function joinAuthorizations(request: IncomingMessage): void {
  const [first, ...others] = request.headersDistinct.authorization ?? []
  if (others.length > 0) request.headers.authorization = [first, ...others].join(', ')
}
