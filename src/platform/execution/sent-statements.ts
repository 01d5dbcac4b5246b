import type { DocumentNode } from 'graphql'
import type { Statement } from '../database/statement.ts'

/** The longest are kept. */
const maxKept = 50

interface SentStatement extends Omit<Statement, 'args'> {
  readonly durationMs: number
}

/** The statements of an operation, for the case that it is a slow one. Their values are not kept. */
export class SentStatements {
  readonly startedAt = performance.now()
  /** The operation's, once it is known. */
  document: DocumentNode | undefined
  readonly #kept: SentStatement[] = []
  #count = 0

  /** `mutation` is the response key of the mutation under way. */
  add(statement: Statement, mutation: string | undefined): void {
    const { sql, rows, startedAt, server, hasFailed } = statement
    const askedBy = statement.askedBy ?? (mutation === undefined ? undefined : { prev: undefined, key: mutation })
    this.#count++
    const durationMs = performance.now() - startedAt
    const sent = { sql, rows, startedAt, server, askedBy, hasFailed, durationMs }
    if (this.#kept.length < maxKept) this.#kept.push(sent)
    else this.#replaceShortest(sent)
  }

  get count(): number {
    return this.#count
  }

  /** The longest ones, in the order in which they were sent. */
  longest(most: number): SentStatement[] {
    const sorted = this.#kept.toSorted((one, other) => other.durationMs - one.durationMs)
    return sorted.slice(0, most).sort((one, other) => one.startedAt - other.startedAt)
  }

  #replaceShortest(sent: SentStatement): void {
    const shortest = this.#kept.reduce((one, other) => (other.durationMs < one.durationMs ? other : one))
    if (shortest.durationMs < sent.durationMs) this.#kept[this.#kept.indexOf(shortest)] = sent
  }
}
