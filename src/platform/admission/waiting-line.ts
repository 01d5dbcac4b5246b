/** Who is served first, and who is shed last. */
const priorities = ['known', 'anonymous'] as const
export type Priority = (typeof priorities)[number]

export interface Waiting {
  readonly priority: Priority
  readonly since: number
  /** Lets it run, or sheds it. */
  readonly end: (outcome: 'run' | 'shed') => void
}

/** Requests that wait for their turn: in the order in which they came, those of higher priority first. */
export class WaitingLine {
  readonly #lines: Readonly<Record<Priority, Waiting[]>> = { known: [], anonymous: [] }

  get length(): number {
    return this.#lines.known.length + this.#lines.anonymous.length
  }

  /** How many go before a new one. */
  before(priority: Priority): number {
    return priority === 'known' ? this.#lines.known.length : this.length
  }

  add(waiting: Waiting): void {
    this.#lines[waiting.priority].push(waiting)
  }

  next(): Waiting | undefined {
    return this.#lines.known.shift() ?? this.#lines.anonymous.shift()
  }

  remove(waiting: Waiting): void {
    const line = this.#lines[waiting.priority]
    const at = line.indexOf(waiting)
    if (at >= 0) line.splice(at, 1)
  }

  /** Takes out those that came before this time. */
  takeOlder(time: number): Waiting[] {
    return priorities.flatMap((priority) => {
      const line = this.#lines[priority]
      const younger = line.findIndex(({ since }) => since >= time)
      return line.splice(0, younger < 0 ? line.length : younger)
    })
  }
}
