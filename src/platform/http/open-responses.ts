import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'

/** The answers that are still to come, by their connection: several where a client sends without waiting for any. */
export class OpenAnswers {
  readonly #bySocket = new Map<Duplex, Set<ServerResponse>>()

  readonly #ending = new WeakSet<Duplex>()

  /** How many this connection now waits for. */
  add({ socket }: IncomingMessage, response: ServerResponse): number {
    const answers = this.#bySocket.get(socket) ?? this.#watch(socket)
    answers.add(response)
    response.once('close', () => answers.delete(response))
    return answers.size
  }

  of(socket: Duplex): readonly ServerResponse[] {
    return [...(this.#bySocket.get(socket) ?? [])]
  }

  /** This answer is the last of its connection: what the client has sent after that request is not to be run. */
  end({ req }: ServerResponse): void {
    this.#ending.add(req.socket)
  }

  isEnding(socket: Duplex): boolean {
    return this.#ending.has(socket)
  }

  all(): readonly ServerResponse[] {
    return [...this.#bySocket.values()].flatMap((answers) => [...answers])
  }

  /** Answers that wait for their turn are not told when the connection ends. */
  #watch(socket: Duplex): Set<ServerResponse> {
    const answers = new Set<ServerResponse>()
    this.#bySocket.set(socket, answers)
    socket.once('close', () => this.#bySocket.delete(socket))
    return answers
  }
}
