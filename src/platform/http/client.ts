import type { IncomingHttpHeaders } from 'node:http'

/** The program that sends a request, as it names itself: good for logs and statistics, never for a permission. */
export interface Client {
  name: string | undefined
  version: string | undefined
}

/** A name that fits a log line and a file name unchanged. */
const plainWord = /^[\w.@/+()][\w .:@/+()-]{0,63}$/

/** From `graphql-client-*` (GraphQL over HTTP, appendix), else from Apollo's headers of the same purpose. */
export function clientOf(headers: IncomingHttpHeaders): Client {
  return {
    name: plain(headers['graphql-client-name'] ?? headers['apollographql-client-name']),
    version: plain(headers['graphql-client-version'] ?? headers['apollographql-client-version']),
  }
}

/** Whether a request can carry this name. */
export function isClientName(name: string): boolean {
  return plainWord.test(name)
}

function plain(header: string | string[] | undefined): string | undefined {
  return typeof header === 'string' && isClientName(header) ? header : undefined
}
