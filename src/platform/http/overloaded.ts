import type { ServerResponse } from 'node:http'
import { errorCatalogue } from '../errors.ts'
import { securityHeaderEntries } from './security-headers.ts'

interface Overloaded {
  requestId: string
  traceId?: string | undefined
  retryAfterSeconds: number
}

export function overloadedMessage(retryAfterSeconds: number): string {
  return `The server has too much to do; try again in ${retryAfterSeconds} s.`
}

/** In ASCII. */
function overloadedBody({ requestId, traceId, retryAfterSeconds }: Overloaded): string {
  const extensions = { code: 'OVERLOADED', requestId, traceId, retryAfterSeconds }
  return JSON.stringify({ errors: [{ message: overloadedMessage(retryAfterSeconds), extensions }] })
}

const headersOf = (https: boolean) => [
  ...securityHeaderEntries(https).flat(),
  ...['content-type', 'application/json; charset=utf-8', 'vary', 'origin'],
]
const headers = { http: headersOf(false), https: headersOf(true) }

/** Sends the whole response in one write, without a step that another response needs. */
export function sendOverloaded(response: ServerResponse, told: Overloaded, how: { secure: boolean; closes: boolean }) {
  const body = overloadedBody(told)
  response.writeHead(errorCatalogue.OVERLOADED.status, [
    ...headers[how.secure ? 'https' : 'http'],
    ...['x-request-id', told.requestId, 'retry-after', String(told.retryAfterSeconds)],
    ...['content-length', String(body.length), ...(how.closes ? ['connection', 'close'] : [])],
  ])
  response.end(body, 'latin1')
}
