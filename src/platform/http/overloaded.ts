import type { ServerResponse } from 'node:http'
import { errorCatalogue } from '../errors.ts'
import { refusalBody } from './problem.ts'
import { securityHeaderEntries } from './security-headers.ts'

interface Overloaded {
  requestId: string
  traceId?: string | undefined
  retryAfterSeconds: number
}

export function overloadedMessage(retryAfterSeconds: number): string {
  return `The server has too much to do; try again in ${retryAfterSeconds} s.`
}

/** In the form of what is at this path, and in ASCII. */
export function overloadedBody(path: string, told: Overloaded): ReturnType<typeof refusalBody> {
  const message = overloadedMessage(told.retryAfterSeconds)
  return refusalBody(path, { code: 'OVERLOADED', message, ...told })
}

const headersOf = (https: boolean) => [...securityHeaderEntries(https).flat(), 'vary', 'origin']
const headers = { http: headersOf(false), https: headersOf(true) }

/** Sends the whole response in one write, without a step that another response needs. */
export function sendOverloaded(
  response: ServerResponse,
  path: string,
  told: Overloaded,
  how: { secure: boolean; closes: boolean },
): void {
  const { type, body } = overloadedBody(path, told)
  response.writeHead(errorCatalogue.OVERLOADED.status, [
    ...headers[how.secure ? 'https' : 'http'],
    ...['content-type', `${type}; charset=utf-8`, 'content-length', String(body.length)],
    ...['x-request-id', told.requestId, 'retry-after', String(told.retryAfterSeconds)],
    ...(how.closes ? ['connection', 'close'] : []),
  ])
  response.end(body, 'latin1')
}
