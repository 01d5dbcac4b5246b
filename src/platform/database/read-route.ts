import type { Database } from './client.ts'
import { isReplicaFailure } from './failure.ts'
import type { ReadSource } from './read-pool.ts'
import type { Replica } from './replica.ts'
import type { ReadDemand, Replicas } from './replicas.ts'

/**
 * Where the reads of one request go: all to one server, so that no read shows less than the one before it. A read that
 * fails because its server is a replica is repeated on the primary, where the request then stays.
 */
export class ReadRoute {
  readonly #primary: ReadSource
  readonly #replicas: Replicas
  readonly #demand: () => ReadDemand | 'primary'
  #choice: Promise<void> | 'made' | undefined
  #replica: Replica | undefined
  #staysOnPrimary = false
  #lagMs: number | undefined

  /** `demand` is asked at the first read. */
  constructor({ primary }: Database, replicas: Replicas, demand: () => ReadDemand | 'primary') {
    this.#primary = primary
    this.#replicas = replicas
    this.#demand = demand
  }

  /** The server of the last read; undefined before the first. */
  get server(): string | undefined {
    if (this.#choice !== 'made') return undefined
    return this.#replica?.name ?? this.#primary.name
  }

  /** How far the replica could be behind at the first read, in milliseconds. */
  get lagMs(): number | undefined {
    return this.#replica && this.#lagMs
  }

  async run<T>(read: (source: ReadSource) => Promise<T>): Promise<T> {
    this.#choice ??= this.#choose()
    if (this.#choice !== 'made') await this.#choice
    const replica = this.#replica
    if (!replica) return read(this.#primary)
    try {
      return await read(replica)
    } catch (error) {
      if (!isReplicaFailure(error)) throw error
      replica.failed(error)
      this.usePrimary()
      return read(this.#primary)
    }
  }

  /** From now on: what the request has seen may be on no replica yet. */
  usePrimary(): void {
    this.#staysOnPrimary = true
    this.#replica = undefined
  }

  #choose(): Promise<void> | 'made' {
    const demand = this.#staysOnPrimary ? 'primary' : this.#demand()
    const chosen = demand === 'primary' ? undefined : this.#replicas.choose(demand)
    if (!(chosen instanceof Promise)) return this.#take(chosen)
    return chosen.then((replica) => {
      this.#choice = this.#take(replica)
    })
  }

  #take(replica: Replica | undefined): 'made' {
    if (replica && !this.#staysOnPrimary) {
      this.#replica = replica
      this.#lagMs = this.#replicas.lagOf(replica)
    }
    return 'made'
  }
}
