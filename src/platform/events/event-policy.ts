import type { Viewer } from '../auth/viewer.ts'
import type { FeedEvent } from '../context.ts'
import type { Topic } from './topic.ts'

/** The model and the key of a row that owns events. */
export interface Owner {
  ownerType: string
  ownerKey: string
}

/**
 * Who sees an event: the viewers who see all events of its topic, and its owner. The row policy of stored events and the
 * look at an event in memory are the same rule.
 */
export class EventPolicy {
  readonly #topics: readonly Topic[]
  readonly #ownerOf: (viewer: Viewer) => Owner | undefined
  readonly #details: ReadonlyMap<string, Topic['detail']>
  readonly #seen = new WeakMap<Viewer, ReadonlySet<string>>()

  /** `ownerOf` tells which row a viewer is. */
  constructor(topics: readonly Topic[], ownerOf: (viewer: Viewer) => Owner | undefined) {
    this.#topics = topics
    this.#details = new Map(topics.map(({ name, detail }) => [name, detail]))
    this.#ownerOf = ownerOf
  }

  readonly rows = (viewer: Viewer): 'all' | 'none' | { OR: ({ topic: { in: string[] } } | Owner)[] } => {
    const seen = [...this.#topicsOf(viewer)]
    if (seen.length === this.#topics.length) return 'all'
    const owner = this.#ownerOf(viewer)
    const conditions = [...(seen.length === 0 ? [] : [{ topic: { in: seen } }]), ...(owner ? [owner] : [])]
    return conditions.length === 0 ? 'none' : { OR: conditions }
  }

  sees(viewer: Viewer, { topic, ownerType, ownerKey }: FeedEvent): boolean {
    if (this.#topicsOf(viewer).has(topic)) return true
    const owner = ownerKey === null ? undefined : this.#ownerOf(viewer)
    return owner !== undefined && owner.ownerType === ownerType && owner.ownerKey === ownerKey
  }

  /** The payload as the viewer sees it. */
  payloadFor(viewer: Viewer, { topic, payload }: FeedEvent): FeedEvent['payload'] {
    const detail = this.#details.get(topic)
    if (!detail || detail.seenBy.allows(viewer)) return payload
    return Object.fromEntries(Object.entries(payload).filter(([name]) => !detail.fields.includes(name)))
  }

  /** The topics of which the viewer sees all events. */
  #topicsOf(viewer: Viewer): ReadonlySet<string> {
    const known = this.#seen.get(viewer)
    if (known) return known
    const seen = new Set(this.#topics.filter(({ seenBy }) => seenBy.allows(viewer)).map(({ name }) => name))
    this.#seen.set(viewer, seen)
    return seen
  }
}
