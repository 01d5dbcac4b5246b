import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders } from 'node:http'
import { buffer } from 'node:stream/consumers'
import { urlOf } from '../../../../src/platform/http/listener.ts'
import { fieldsIn } from './protobuf.ts'

type Message = ReturnType<typeof fieldsIn>

export interface CollectedSpan {
  traceId: string
  spanId: string
  /** Empty for a root. */
  parentSpanId: string
  name: string
  /** 1 internal, 2 server, 3 client */
  kind: number
  durationMs: number
  attributes: Record<string, string | number | boolean>
  hasFailed: boolean
  service: Record<string, string | number | boolean>
}

/**
 * A receiver of OTLP over HTTP, which decodes what it gets:
 * https://github.com/open-telemetry/opentelemetry-proto/blob/main/opentelemetry/proto/trace/v1/trace.proto
 */
export async function startCollector({ status = 200 } = {}) {
  const spans: CollectedSpan[] = []
  const requests: { url: string | undefined; headers: IncomingHttpHeaders }[] = []
  const server = createServer(async (request, response) => {
    requests.push({ url: request.url, headers: request.headers })
    const body = await buffer(request)
    if (status === 200) spans.push(...spansIn(body))
    response.writeHead(status, { 'content-type': 'application/x-protobuf' }).end()
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: urlOf(server, '127.0.0.1'),
    /** What arrived, with everything that the servers had to send once they are closed. */
    spans,
    requests,
    async [Symbol.asyncDispose]() {
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    },
  }
}

function spansIn(body: Buffer): CollectedSpan[] {
  return messagesAt(fieldsIn(body), 1).flatMap((resourceSpans) => {
    const service = messagesAt(resourceSpans, 1).map((resource) => attributesIn(resource, 1))[0] ?? {}
    const scopes = messagesAt(resourceSpans, 2)
    return scopes.flatMap((scope) => messagesAt(scope, 2).map((span) => spanOf(span, service)))
  })
}

function spanOf(span: Message, service: CollectedSpan['service']): CollectedSpan {
  const [status] = messagesAt(span, 15)
  return {
    traceId: bytesAt(span, 1).toString('hex'),
    spanId: bytesAt(span, 2).toString('hex'),
    parentSpanId: bytesAt(span, 4).toString('hex'),
    name: bytesAt(span, 5).toString(),
    kind: numberAt(span, 6),
    durationMs: (numberAt(span, 8) - numberAt(span, 7)) / 1e6,
    attributes: attributesIn(span, 9),
    hasFailed: status !== undefined && numberAt(status, 3) === 2,
    service,
  }
}

function attributesIn(message: Message, number: number): CollectedSpan['attributes'] {
  return Object.fromEntries(
    messagesAt(message, number).map((attribute) => {
      const [value = new Map()] = messagesAt(attribute, 2)
      return [bytesAt(attribute, 1).toString(), textOf(value)]
    }),
  )
}

function textOf(value: Message): string | number | boolean {
  if (value.has(1)) return bytesAt(value, 1).toString()
  if (value.has(2)) return numberAt(value, 2) === 1
  if (value.has(3)) return numberAt(value, 3)
  throw new Error(`a value of another type: ${[...value.keys()]}`)
}

function messagesAt(message: Message, number: number): Message[] {
  return (message.get(number) ?? []).map((value) => fieldsIn(value as Buffer))
}

function bytesAt(message: Message, number: number): Buffer {
  const [value = Buffer.alloc(0)] = message.get(number) ?? []
  return value as Buffer
}

function numberAt(message: Message, number: number): number {
  return Number(message.get(number)?.[0] ?? 0n)
}
