import type { ServerResponse } from 'node:http'
import type { MessageStream, StreamEnd, StreamMessage } from './exchange.ts'

/** Shorter than proxies keep a silent connection open. */
const heartbeatMs = 25_000
/**
 * The system asks a silent client whether it is there, ten times in ten seconds, before the next heartbeat: after that it
 * would wait for its confirmation for a quarter of an hour.
 */
const keepAliveAfterMs = 12_000

/**
 * Sends messages as server-sent events (HTML standard, section 9.2), as graphql-sse's protocol names them in its "distinct
 * connections mode": `next` for each, `complete` at the end. A stream that breaks off has no `complete`, so that its client
 * opens it again. The next message is made once the client has taken those before it.
 */
export async function sendEventStream(response: ServerResponse, messages: MessageStream): Promise<void> {
  response.once('close', () => messages.close())
  response.socket?.setNoDelay(true).setKeepAlive(true, keepAliveAfterMs)
  // Proxies must neither collect the messages nor change them.
  response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8', 'x-accel-buffering': 'no' })
  // Some browsers wait for the first bytes of the body before they tell of the response.
  response.write(':\n\n')
  const heartbeat = setInterval(() => response.writableNeedDrain || response.write(':\n\n'), heartbeatMs)
  try {
    const end = await sendMessages(response, messages)
    response.end(end === 'complete' ? complete : undefined)
  } finally {
    clearInterval(heartbeat)
  }
}

/** A response that is complete, for a client that takes only streams. */
export function sendAsEventStream(response: ServerResponse, json: string): void {
  response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8' })
  response.end(eventOf({ json }) + complete)
}

async function sendMessages(response: ServerResponse, messages: MessageStream): Promise<StreamEnd> {
  for (;;) {
    const message = await messages.next()
    if (response.destroyed) return 'broken off'
    if (typeof message === 'string') return message
    if (!response.write(eventOf(message))) await taken(response)
  }
}

/** JSON has no line breaks outside of its strings, and inside of them they are escaped. */
function eventOf({ json, position }: StreamMessage): string {
  return `${position === undefined ? '' : `id: ${position}\n`}event: next\ndata: ${json}\n\n`
}

const complete = 'event: complete\ndata:\n\n'

function taken(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      response.off('drain', end)
      response.off('close', end)
      resolve()
    }
    response.on('drain', end)
    response.on('close', end)
  })
}
