import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { z } from 'zod'

/** What is wrong with a service, as `POST /faults` sets it. */
const faults = z.object({
  /** The wait before each answer. */
  latencyMs: z.number().default(0),
  /** The share of requests that get a status 500. */
  errorRate: z.number().default(0),
  /** Answers that nobody asked for: a page, JSON of another form, JSON without an end, or a redirect. */
  garbage: z.enum(['page', 'shape', 'endless', 'redirect']).nullable().default(null),
  /** Connections are closed without an answer. */
  isDown: z.boolean().default(false),
})

export type Faults = z.infer<typeof faults>

export interface ServiceRequest {
  method: string
  path: string
  headers: IncomingMessage['headers']
  /** Parsed JSON; undefined without a body. */
  body: unknown
}

export interface ServiceAnswer {
  status?: number
  headers?: Record<string, string>
  body: unknown
}

interface ServiceOptions {
  port?: number
  answer: (request: ServiceRequest) => ServiceAnswer | Promise<ServiceAnswer>
  /** Called for each request, and waited for, before its faults. */
  onRequest?: (request: ServiceRequest) => void | Promise<void>
}

/** A small HTTP service with a switch for faults. */
export async function startService({ port = 0, answer, onRequest }: ServiceOptions) {
  let wrong = faults.parse({})
  const stopped = new AbortController()

  async function respond(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const request = await requestOf(incoming)
    if (request.path === '/faults') {
      wrong = faults.parse(request.body)
      send(response, { body: wrong })
      return
    }
    await onRequest?.(request)
    const { latencyMs, errorRate, garbage, isDown } = wrong
    if (latencyMs > 0) await delay(latencyMs, undefined, { signal: stopped.signal })
    if (isDown) return void incoming.socket.destroy()
    if (Math.random() < errorRate) send(response, { status: 500, body: { error: 'an error on purpose' } })
    else if (garbage) sendGarbage(response, garbage)
    else send(response, await answer(request))
  }

  const server = createServer((incoming, response) => {
    respond(incoming, response).catch((error: unknown) => {
      if (!stopped.signal.aborted) console.error(error)
      response.destroy()
    })
  })
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  const { port: taken } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${taken}`,
    /** Replaces all faults. */
    breakWith: (next: Partial<Faults>) => {
      wrong = faults.parse(next)
    },
    close: async () => {
      stopped.abort()
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    },
  }
}

async function requestOf(incoming: IncomingMessage): Promise<ServiceRequest> {
  const chunks: Buffer[] = []
  for await (const chunk of incoming) chunks.push(chunk)
  const text = Buffer.concat(chunks).toString()
  const { method = 'GET', url = '/', headers } = incoming
  return { method, path: url, headers, body: text === '' ? undefined : JSON.parse(text) }
}

function send(response: ServerResponse, { status = 200, headers = {}, body }: ServiceAnswer): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body))
}

function sendGarbage(response: ServerResponse, kind: NonNullable<Faults['garbage']>): void {
  if (kind === 'page') response.writeHead(200).end('<h1>Welcome to the internal admin page</h1>')
  else if (kind === 'redirect') response.writeHead(302, { location: 'http://169.254.169.254/' }).end()
  else if (kind === 'shape') send(response, { body: { data: { products: 'many' }, trackings: [{ number: 7 }] } })
  else sendWithoutEnd(response)
}

function sendWithoutEnd(response: ServerResponse): void {
  const more = () => {
    if (!response.destroyed && response.write(' '.repeat(65_536))) setImmediate(more)
  }
  response.on('drain', more)
  more()
}
