import type { DocumentNode, GraphQLSchema } from 'graphql'
import type { Client } from '../http/client.ts'
import type { Log } from '../observability/log.ts'
import type { ClientUses } from './field-use.ts'
import { fieldsAskedIn } from './fields-asked.ts'

interface Parts {
  schema: GraphQLSchema
  /** Adds these to the day, `2027-06-30`: all of them, or none. */
  write: (day: string, uses: readonly ClientUses[]) => Promise<unknown>
  log: Log
}

type Counts<Key> = Map<Key, number>

const writeEveryMs = 60_000
/** Names and versions that are told apart in a day. They are a client's own word, and anyone can make up more. */
const maxClients = 100
/** Between a name and a version: neither can have it. */
const separator = '\n'
/** A name that no client can have. */
const others = `*${separator}`
/** Documents that are counted as such; more are added up by their fields, of which there are only so many. */
const maxDocuments = 1000

/**
 * Counts which fields clients ask for, so that one can be taken away when nobody does. A request adds one to a number;
 * once a minute the numbers are added to those in the database, which has them by day. What a process counted since is
 * lost where it is killed.
 */
export class FieldUsage {
  readonly #parts: Parts
  readonly #fields = new WeakMap<DocumentNode, readonly string[]>()
  readonly #clients = new Set<string>()
  /** By the fields of a document: how often each client sent it. */
  readonly #sent = new Map<readonly string[], Counts<string>>()
  /** By client: how often it asked for each field, not written yet. */
  #uses = new Map<string, Counts<string>>()
  #day = today()
  #timer: NodeJS.Timeout | undefined
  #writing = Promise.resolve()

  constructor(parts: Parts) {
    this.#parts = parts
  }

  /** To be called once for each request whose document was found valid. */
  count(document: DocumentNode, client: Client): void {
    const fields = this.#fieldsOf(document)
    const counts = this.#sent.get(fields)
    if (counts) add(counts, this.#keyOf(client), 1)
    else this.#sent.set(fields, new Map([[this.#keyOf(client), 1]]))
    if (this.#sent.size >= maxDocuments) this.#addUp()
    this.#timer ??= setTimeout(() => void this.flush(), writeEveryMs).unref()
  }

  /** Writes now what is counted; what cannot be written is kept for the next time. */
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

  /** Only once what was counted before is written, so that no more is ever kept than of so many clients. */
  #beginDay(): void {
    if (this.#day === today()) return
    this.#day = today()
    this.#clients.clear()
  }

  #fieldsOf(document: DocumentNode): readonly string[] {
    const known = this.#fields.get(document)
    if (known) return known
    const fields = fieldsAskedIn(this.#parts.schema, document)
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

/** Of UTC. */
function today(): string {
  return new Date().toISOString().slice(0, 10)
}
