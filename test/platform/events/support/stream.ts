import { z } from 'zod'
import type { World } from '../../../support/world.ts'

/** A server-sent event, by the fields of its lines. */
interface Message {
  id?: string
  event?: string
  data?: string
}

interface Asked {
  query: string
  variables?: object
  /** `anonymous`, a viewer of the demo, or a whole Authorization header. */
  as?: string
  headers?: Record<string, string>
  method?: 'GET' | 'POST'
  url?: string
}

/** A stream as it is on the wire. */
export interface OpenStream {
  status: number
  contentType: string | null
  /** The next message; undefined at the end. Throws where the connection breaks. */
  next(): Promise<Message | undefined>
  /** The data of the next message. */
  nextData(): Promise<unknown>
  /** The body of a response that is no stream. */
  json(): Promise<unknown>
  close(): void
}

/** Opens a stream over SSE, as a program without a client library would. */
export async function openStream(world: World, asked: Asked): Promise<OpenStream> {
  const { query, variables = {}, as = 'anonymous', headers = {}, method = 'POST', url = world.url } = asked
  const abort = new AbortController()
  const credential: Record<string, string> = as === 'anonymous' ? {} : { authorization: await credentialOf(world, as) }
  const accepted = { accept: 'text/event-stream', ...credential, ...headers }
  const response =
    method === 'GET'
      ? await fetch(`${url}/graphql?${new URLSearchParams({ query, variables: JSON.stringify(variables) })}`, {
          headers: accepted,
          signal: abort.signal,
        })
      : await fetch(`${url}/graphql`, {
          method,
          headers: { 'content-type': 'application/json', ...accepted },
          body: JSON.stringify({ query, variables }),
          signal: abort.signal,
        })
  const messages = messagesIn(response)
  const next = async () => {
    const { value, done } = await messages.next()
    return done ? undefined : value
  }
  return {
    status: response.status,
    contentType: response.headers.get('content-type'),
    next,
    nextData: async () => {
      const message = await next()
      if (message?.data === undefined) throw new Error(`no data in ${JSON.stringify(message)}`)
      return JSON.parse(message.data)
    },
    json: () => response.json(),
    close: () => abort.abort(),
  }
}

async function credentialOf(world: World, as: string): Promise<string> {
  return as.startsWith('Bearer ') ? as : `Bearer ${await world.tokenFor(as)}`
}

/** Messages with an `event` or `data` line; comments are heartbeats. */
async function* messagesIn(response: Response): AsyncGenerator<Message, undefined> {
  if (!response.body) return
  let text = ''
  for await (const part of response.body.pipeThrough(new TextDecoderStream())) {
    text += part
    for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
      const message = messageOf(text.slice(0, end))
      text = text.slice(end + 2)
      if (message.event !== undefined) yield message
    }
  }
}

function messageOf(lines: string): Message {
  const fields = lines.split('\n').filter((line) => !line.startsWith(':'))
  return Object.fromEntries(fields.map((line) => [line.split(':', 1)[0], line.slice(line.indexOf(':') + 1).trim()]))
}

const number = z.object({ value: z.number() })

/** The value of a gauge without labels. */
export async function gauge(world: World, name: string): Promise<number> {
  const metric = await world.metrics.registry.getSingleMetric(name)?.get()
  return number.parse(metric?.values[0]).value
}
