import type { DocumentNode, GraphQLSchema } from 'graphql'
import type { Client } from '../http/client.ts'
import type { Log } from '../observability/log.ts'
import type { ClientUses } from './field-use.ts'
import { fieldsIn } from './fields-in.ts'

interface Parts {
  schema: GraphQLSchema
  /** Adds these to a day (`2027-06-30`): all of them, or none. */
  write: (day: string, uses: readonly ClientUses[]) => Promise<unknown>
  log: Log
}

type Counts<Key> = Map<Key, number>

const writeEveryMs = 60_000
/** Names and versions counted separately in a day. Clients choose them, so their number must be bounded. */
const maxClients = 100
/** Separates name and version, which cannot contain it. */
const separator = '\n'
/** The key of all further clients: no client can have this name. */
const others = `*${separator}`
/** Documents counted separately. At this number their counts are added up by field, and the schema bounds the fields. */
const maxDocuments = 1000

/**
 * Counts the fields that clients ask for, to show which ones can be removed. A request increments a number in memory; once
 * a minute the numbers are added to the day's in the database. A killed process loses the last minute.
 */
export class FieldUsage {
  readonly #parts: Parts
  readonly #fields = new WeakMap<DocumentNode, readonly string[]>()
  readonly #clients = new Set<string>()
  /** How often each client sent a document, by the document's fields. */
  readonly #sent = new Map<readonly string[], Counts<string>>()
  /** How often each client asked for each field, not yet written. */
  #uses = new Map<string, Counts<string>>()
  #day = today()
  #timer: NodeJS.Timeout | undefined
  #writing = Promise.resolve()

  constructor(parts: Parts) {
    this.#parts = parts
  }

  /** Call it once for each request with a valid document. */
  count(document: DocumentNode, client: Client): void {
    const fields = this.#fieldsOf(document)
    const counts = this.#sent.get(fields)
    if (counts) add(counts, this.#keyOf(client), 1)
    else this.#sent.set(fields, new Map([[this.#keyOf(client), 1]]))
    if (this.#sent.size >= maxDocuments) this.#addUp()
    this.#timer ??= setTimeout(() => void this.flush(), writeEveryMs).unref()
  }

  /** Writes the counts now; after a failure they are written the next time. */
  flush(): Promise<void> {
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#writing = this.#writing.then(() => this.#write())
    return this.#writing
  }

  async #write(): Promise<void> {
    this.#addUp()
    const uses = this.#uses
    this.#uses = new Map()
    try {
      if (uses.size > 0) await this.#parts.write(today(), [...uses].map(clientUses))
      this.#beginDay()
    } catch (err) {
      this.#parts.log.warn({ err }, 'what clients ask for is not written for now')
      for (const [client, counts] of uses) this.#addTo(client, counts)
    }
  }

  /** Only after a successful write, so that the number of clients in memory stays bounded. */
  #beginDay(): void {
    if (this.#day === today()) return
    this.#day = today()
    this.#clients.clear()
  }

  #fieldsOf(document: DocumentNode): readonly string[] {
    const known = this.#fields.get(document)
    if (known) return known
    const fields = fieldsIn(this.#parts.schema, document)
    this.#fields.set(document, fields)
    return fields
  }

  #keyOf({ name = '', version = '' }: Client): string {
    const key = `${name}${separator}${version}`
    if (this.#clients.has(key)) return key
    if (this.#clients.size >= maxClients) return others
    this.#clients.add(key)
    return key
  }

  #addUp(): void {
    for (const [fields, counts] of this.#sent) {
      for (const [client, times] of counts) this.#addTo(client, new Map(fields.map((field) => [field, times])))
    }
    this.#sent.clear()
  }

  #addTo(client: string, counts: Counts<string>): void {
    const before = this.#uses.get(client)
    if (!before) this.#uses.set(client, counts)
    else for (const [field, times] of counts) add(before, field, times)
  }
}

function add(counts: Counts<string>, key: string, times: number): void {
  counts.set(key, (counts.get(key) ?? 0) + times)
}

function clientUses([key, counts]: [key: string, counts: Counts<string>]): ClientUses {
  const [name = '', version = ''] = key.split(separator)
  return { name, version, fields: Object.fromEntries(counts) }
}

/** The day in UTC. */
function today(): string {
  return new Date().toISOString().slice(0, 10)
}
