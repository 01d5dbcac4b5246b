import type { IncomingMessage } from 'node:http'
import type { RemoteCall } from '../context.ts'
import { AddressRefused } from '../egress/egress.ts'
import { codeOf, discardBody, type Outgoing } from '../egress/outgoing.ts'
import { CallFailure, type CallOutcome } from './call-failure.ts'
import { maxAgeMs } from './max-age.ts'

export interface Answered<Answer> {
  value: Answer
  /** How long it may be kept. */
  maxAgeMs: number
  /** The length of the body. */
  bytes: number
}

interface Attempt {
  outgoing: Outgoing
  baseUrl: string
  headers: Readonly<Record<string, string>>
  signal: AbortSignal
}

/** A longer answer is broken off. */
const longestAnswer = 1024 * 1024
/** Places of a wrong answer that the log tells. */
const toldPlaces = 3

/** One attempt of a call. Throws a CallFailure. */
export async function sendCall<Answer>(call: RemoteCall<Answer>, attempt: Attempt): Promise<Answered<Answer>> {
  const { signal } = attempt
  try {
    const response = await send(call, attempt)
    const { statusCode: status = 0, headers } = response
    const kept = maxAgeMs(headers)
    if (status < 200 || status >= 300) {
      discardBody(response)
      if (status === 404 && call.absent !== undefined) return { value: call.absent, maxAgeMs: kept, bytes: 0 }
      throw new CallFailure(outcomeOf(status, headers['retry-after']), `status ${status}`)
    }
    const body = await bodyOf(response)
    return { value: parse(call, body), maxAgeMs: kept, bytes: body.length }
  } catch (error) {
    if (error instanceof CallFailure) throw error
    if (signal.aborted) throw new CallFailure('timed_out')
    throw new CallFailure('unreachable', error instanceof AddressRefused ? 'address not allowed' : codeOf(error))
  }
}

function send({ method, path, query, body, idempotencyKey }: RemoteCall<unknown>, attempt: Attempt) {
  const { outgoing, baseUrl, headers, signal } = attempt
  const url = urlOf(baseUrl, path, query)
  return outgoing.send(url, {
    method,
    headers: {
      ...headers,
      accept: 'application/json',
      'user-agent': 'frontdoor',
      ...(idempotencyKey !== undefined && { 'idempotency-key': idempotencyKey }),
    },
    body: body === undefined ? undefined : JSON.stringify(body),
    signal,
  })
}

function urlOf(baseUrl: string, path: readonly string[], query: Readonly<Record<string, string>> = {}): URL {
  // A URL resolves these segments, also encoded: they would lead out of the base URL.
  if (path.some((segment) => /^\.{0,2}$/.test(segment))) throw new CallFailure('refused', 'a path of dots')
  const url = new URL([baseUrl.replace(/\/$/, ''), ...path.map(encodeURIComponent)].join('/'))
  for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value)
  return url
}

function outcomeOf(status: number, retryAfter: string | undefined): CallOutcome {
  if (status === 429 || retryAfter !== undefined) return 'busy'
  return status >= 500 || status === 408 ? 'failed' : 'refused'
}

async function bodyOf(response: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of response as AsyncIterable<Buffer>) {
    bytes += chunk.length
    // Leaving the loop destroys the response.
    if (bytes > longestAnswer) throw new CallFailure('invalid', `more than ${longestAnswer} bytes`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

function parse<Answer>({ answer }: RemoteCall<Answer>, body: Buffer): Answer {
  const { data, error } = answer.safeParse(jsonOf(body))
  if (!error) return data
  const places = error.issues.slice(0, toldPlaces).map(({ path, code }) => `${path.join('.')} ${code}`)
  throw new CallFailure('invalid', places.join(', '))
}

function jsonOf(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString())
  } catch {
    throw new CallFailure('invalid', 'no JSON')
  }
}
