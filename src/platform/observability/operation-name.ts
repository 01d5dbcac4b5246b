const maxLength = 100
/** Of an endpoint, for a label: each name is a dozen time series. */
const maxNames = 100
const maxTrustedNames = 500

/** The operation's name, cut to a length that fits a log line. */
export function nameInLog(name: string | undefined): string | undefined {
  return name === undefined || name.length <= maxLength ? name : `${name.slice(0, maxLength)}…`
}

/**
 * The names of operations as labels. With trusted documents these are theirs; without them clients choose the names, so that
 * the first hundred are told apart. All further ones are `other`.
 */
export class OperationLabels {
  readonly #names: Set<string>
  readonly #takesMore: boolean

  constructor(trusted: readonly string[] | undefined) {
    this.#names = new Set(trusted?.slice(0, maxTrustedNames))
    this.#takesMore = trusted === undefined
  }

  /** Only an operation that was executed can bring a new name: one that fits no schema costs a client nothing. */
  of(name: string | undefined, wasExecuted: boolean): string {
    if (name === undefined) return 'unnamed'
    if (this.#names.has(name)) return name
    if (!this.#takesMore || !wasExecuted || name.length > maxLength || this.#names.size >= maxNames) return 'other'
    this.#names.add(name)
    return name
  }
}
