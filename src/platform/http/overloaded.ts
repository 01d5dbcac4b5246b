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

/** How long responses wait for each other. */
const togetherMs = 2

interface Shed extends Overloaded {
  response: ServerResponse
  path: string
  secure: boolean
  /** Whether the connection ends with the response. */
  closes: boolean
}

/**
 * Responses to requests that are shed at once. They are sent together: a write alone wakes a process, and where thousands
 * a second are shed that would take more of the machine than everything else that is done for them.
 */
export class OverloadedResponses {
  #waiting: Shed[] = []

  send(shed: Shed): void {
    if (this.#waiting.length === 0) setTimeout(() => this.#sendAll(), togetherMs)
    this.#waiting.push(shed)
  }

  #sendAll(): void {
    const sheds = this.#waiting
    this.#waiting = []
    for (const shed of sheds) if (!shed.response.destroyed) sendOverloaded(shed)
  }
}

/** Sends the whole response in one write, without a step that another response needs. */
function sendOverloaded({ response, path, secure, closes, ...told }: Shed): void {
  const { type, body } = overloadedBody(path, told)
  response.writeHead(errorCatalogue.OVERLOADED.status, [
    ...headers[secure ? 'https' : 'http'],
    ...['content-type', `${type}; charset=utf-8`, 'content-length', String(body.length)],
    ...['x-request-id', told.requestId, 'retry-after', String(told.retryAfterSeconds)],
    ...(closes ? ['connection', 'close'] : []),
  ])
  response.end(body, 'latin1')
}
