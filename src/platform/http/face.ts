import type { IncomingMessage } from 'node:http'
import type { ExchangeResponse, RequestFacts, RequestHead } from './exchange.ts'
import type { Refusal } from './request-refusal.ts'

/** A form in which an endpoint is called over HTTP: GraphQL's own, or REST. */
export interface Face {
  /** For preflights: `GET, POST`. */
  readonly methods: string
  /** Opens a request by its head, or refuses it. */
  open(request: IncomingMessage): OpenCall | Refusal
}

export interface OpenCall {
  /** The path without ids, for traces. */
  readonly route: string
  /** What is asked, with the text of the body; undefined where the method has none. */
  call(text: string | undefined): Call | Refusal
}

export interface Call {
  readonly head: RequestHead
  readonly facts: Pick<RequestFacts, 'named' | 'acceptsStream'>
  /** Whether the client takes nothing but a stream of events. */
  readonly isEventStream: boolean
  /** The response in the form that the client asked for. */
  answer(executed: ExchangeResponse, requestId: string): ExchangeResponse
}

export function isRefusal(opened: OpenCall | Call | Refusal): opened is Refusal {
  return 'code' in opened
}
