import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'

/** Responses under way, by connection: several where a client pipelines its requests. */
export class OpenResponses {
  readonly #bySocket = new Map<Duplex, Set<ServerResponse>>()

  readonly #ending = new WeakSet<Duplex>()

  /** Returns how many responses this connection now waits for. */
  add({ socket }: IncomingMessage, response: ServerResponse): number {
    const responses = this.#bySocket.get(socket) ?? this.#watch(socket)
    responses.add(response)
    response.once('close', () => responses.delete(response))
    return responses.size
  }

  of(socket: Duplex): readonly ServerResponse[] {
    return [...(this.#bySocket.get(socket) ?? [])]
  }

  /** Marks the last response of its connection: requests that the client sent after it are not executed. */
  end({ req }: ServerResponse): void {
    this.#ending.add(req.socket)
  }

  isEnding(socket: Duplex): boolean {
    return this.#ending.has(socket)
  }

  all(): readonly ServerResponse[] {
    return [...this.#bySocket.values()].flatMap((responses) => [...responses])
  }

  /** Node closes only the current response when a connection ends, so the set is dropped as a whole. */
  #watch(socket: Duplex): Set<ServerResponse> {
    const responses = new Set<ServerResponse>()
    this.#bySocket.set(socket, responses)
    socket.once('close', () => this.#bySocket.delete(socket))
    return responses
  }
}
