import type { GraphQLSchema } from 'graphql'
import { type AuditEntry, auditEntries, insertEntries } from '../../audit/audit-entry.ts'
import type { AuditTrail } from '../../audit/audit-trail.ts'
import type { Viewer } from '../../auth/viewer.ts'
import { erasedExports } from '../../bulk/erased-exports.ts'
import { archiveFacts, archiveMediaType } from '../../bulk/export-file.ts'
import { linkToFile } from '../../bulk/file-action.ts'
import type { FileLinks } from '../../bulk/file-link.ts'
import type { FileStore } from '../../bulk/file-store.ts'
import type { ArchiveFile, Context, PersonDesk } from '../../context.ts'
import type { Database } from '../../database/client.ts'
import { isModel } from '../../database/data-model.ts'
import type { RetentionRule } from '../../database/retention-rule.ts'
import type { Transaction } from '../../database/transaction.ts'
import type { Domain } from '../../domain.ts'
import { Outbox } from '../../events/outbox.ts'
import { encodeId } from '../../graphql/ids.ts'
import type { Jobs } from '../../jobs/jobs.ts'
import { Worker } from '../../jobs/worker.ts'
import { atOnce } from '../../mutations/run-mutation.ts'
import type { Log } from '../../observability/log.ts'
import type { Metrics } from '../../observability/metrics.ts'
import type { PersonalData, SubjectRow } from '../../privacy/map/personal-data.ts'
import { Sealer } from '../../privacy/sealer.ts'
import { ArchiveWriter } from '../archive/archive-writer.ts'
import { PersonArchive } from '../archive/person-archive.ts'
import { HeldValues } from '../erasure/held-values.ts'
import { PersonRows } from '../erasure/person-rows.ts'
import {
  addProgress,
  archivesOf,
  type BegunRequest,
  beginRequest,
  endRequest,
  forgetArchive,
  isAnyRequestOpen,
  keptArchives,
  oldArchives,
  recordArchive,
} from './request-progress.ts'

interface PersonJobsParts {
  domain: Pick<Domain, 'personalData' | 'personTopics'>
  schema: GraphQLSchema
  /** Undefined where the server has none. */
  encryptionSecret: string | undefined
  erasureDelayMs: number
  jobs: Jobs
  database: Database
  store: FileStore
  links: FileLinks
  trail: AuditTrail
  log: Log
  metrics: Metrics
}

interface Running {
  personRequestId: string
}

/** Runs requests about people as jobs of pg-boss. */
export class PersonJobs implements PersonDesk {
  readonly #parts: PersonJobsParts
  readonly #worker: Worker<Running>
  readonly #held: HeldValues | undefined
  readonly erasureDelayMs: number

  constructor(parts: PersonJobsParts) {
    const { encryptionSecret: secret, database, jobs, log } = parts
    this.#parts = parts
    this.erasureDelayMs = parts.erasureDelayMs
    this.#held = secret === undefined ? undefined : new HeldValues(new Sealer(secret, 'frontdoor held values'))
    this.#worker = new Worker({
      jobs,
      queue: 'person-requests',
      atOnce: 1,
      isAnyOpen: () => database.ownTransactions.run(isAnyRequestOpen),
      run: ({ personRequestId }, stopped) => this.#try(personRequestId, stopped),
      log,
    })
  }

  get canHold(): boolean {
    return this.#held !== undefined
  }

  start(): void {
    this.#worker.start()
  }

  stop(): Promise<void> {
    return this.#worker.stop()
  }

  enqueue(id: string, tx: Transaction, startAfter?: Date): Promise<void> {
    return this.#worker.enqueue(id, { personRequestId: id }, tx, startAfter)
  }

  linkTo(archive: { id: string; file: ArchiveFile }, forWhom: Pick<Context, 'viewer' | 'requestId'>): Promise<string> {
    return linkToFile(this.#parts, { type: 'PersonRequest', id: archive.id }, archiveFacts(archive), forWhom)
  }

  /** Removes archives of exports that ended a week ago. */
  get archiveRule(): RetentionRule {
    return {
      ...keptArchives,
      count: async () => (await this.#parts.database.ownTransactions.run(oldArchives)).length,
      apply: () => this.#removeArchives(oldArchives),
    }
  }

  /** Returns how many it has removed. */
  async #removeArchives(found: (tx: Transaction) => ReturnType<typeof oldArchives>): Promise<number> {
    const { database, store } = this.#parts
    const transactions = database.ownTransactions
    const archives = await transactions.run(found)
    for (const { id, file } of archives) {
      await store.remove(file)
      await transactions.run((tx) => forgetArchive(tx, id))
    }
    return archives.length
  }

  /** pg-boss keeps the error of a job, and an error of the database may repeat values: the log has it, redacted. */
  async #try(id: string, stopped: AbortSignal): Promise<void> {
    try {
      await this.#run(id, stopped)
    } catch (err) {
      const personRequestId = encodeId('PersonRequest', id)
      if (!stopped.aborted) this.#parts.log.warn({ personRequestId, err }, 'a request about a person waits')
      throw new Error('it waits for another try; the log says why')
    }
  }

  /** A job that ends early, because its process stops, runs again. What it has done is done. */
  async #run(id: string, stopped: AbortSignal): Promise<void> {
    const { database, metrics } = this.#parts
    const begun = await database.ownTransactions.run((tx) => beginRequest(tx, id))
    if (!begun || !isModel(begun.subjectType)) return
    const subject = { type: begun.subjectType, key: begun.subjectKey }
    if (begun.kind === 'EXPORT') await this.#export(begun, subject, stopped)
    else await this.#change(begun, subject, stopped)
    metrics.personRequests.inc({ kind: begun.kind.toLowerCase() })
  }

  async #export(begun: BegunRequest, subject: SubjectRow, stopped: AbortSignal): Promise<void> {
    const { database, store, schema } = this.#parts
    const name = `${begun.id}.zip`
    // An earlier run may have left a part of it.
    await store.remove({ name, bytes: 0 })
    const file = await store.open({ name, mediaType: archiveMediaType }, undefined)
    if (!file) throw new Error('the store opens no new file')
    try {
      const writer = new ArchiveWriter(file)
      await using snapshot = await database.openSnapshot()
      const held = (model: string) =>
        database.ownTransactions.run(async (tx) => (await this.#held?.of(tx, subject, model)) ?? new Map())
      const archive = new PersonArchive(
        { data: this.#data, schema, client: snapshot.client, writer, held, stopped },
        subject,
      )
      const rows = await archive.write()
      const safe = await writer.end()
      await this.#end(begun, subject, (tx) => recordArchive(tx, begun.id, safe, rows))
    } finally {
      await file.close()
    }
  }

  async #change(begun: BegunRequest, subject: SubjectRow, stopped: AbortSignal): Promise<void> {
    const { database } = this.#parts
    if (!this.#held) throw new Error('there is no ENCRYPTION_SECRET, and so nothing can be held out of use')
    const transactions = database.ownTransactions
    const onBatch = (tx: Transaction, rows: number) => addProgress(tx, begun.id, rows)
    const rows = new PersonRows({ data: this.#data, transactions, held: this.#held, stopped, onBatch }, subject)
    if (begun.kind === 'ERASURE') {
      await rows.erase(begun.keepUntil ?? undefined)
      await this.#removeFiles(subject)
    } else if (begun.kind === 'RESTRICTION') {
      await rows.restrict()
      await this.#removeFiles(subject)
    } else {
      await rows.release()
    }
    await this.#end(begun, subject)
  }

  /** Files in which the person may be: archives of theirs, and exports of lists with personal data. */
  async #removeFiles({ type, key }: SubjectRow): Promise<void> {
    const { database, store, schema } = this.#parts
    await this.#removeArchives((tx) => archivesOf(tx, type, key))
    const models = new Set(Object.keys(this.#data.models))
    const exports = await database.ownTransactions.run((tx) => erasedExports(tx, schema, models))
    for (const file of exports) await store.remove(file)
  }

  /** Event, audit entry and end are written together, once. */
  async #end(begun: BegunRequest, subject: SubjectRow, write?: (tx: Transaction) => Promise<void>): Promise<void> {
    await this.#parts.database.ownTransactions.run(async (tx) => {
      await write?.(tx)
      if (!(await endRequest(tx, begun.id))) return
      const viewer = requesterOf(begun)
      const outbox = new Outbox()
      const told = this.#toldOf(begun)
      const personRequestId = encodeId('PersonRequest', begun.id)
      const ids = { personRequestId, subjectType: subject.type, subjectId: encodeId(subject.type, subject.key) }
      if (told) outbox.emit(told, { id: begun.id, payload: ids })
      await tx.$executeRaw(atOnce([outbox.written(viewer)], insertEntries(entriesOf(begun, ids, viewer))))
    })
  }

  #toldOf({ kind }: BegunRequest) {
    const { erased, restricted, released } = this.#parts.domain.personTopics
    if (kind === 'ERASURE') return erased
    if (kind === 'RESTRICTION') return restricted
    return kind === 'RELEASE' ? released : undefined
  }

  get #data(): PersonalData {
    return this.#parts.domain.personalData
  }
}

const actions = {
  EXPORT: 'personExported',
  ERASURE: 'personErased',
  RESTRICTION: 'personRestricted',
  RELEASE: 'personReleased',
} as const

function entriesOf(
  { id, kind }: BegunRequest,
  { personRequestId, subjectId }: { personRequestId: string; subjectId: string },
  viewer: Viewer,
): AuditEntry[] {
  const action = { action: actions[kind], outcome: 'DONE', subjectType: 'PersonRequest' } as const
  return auditEntries(
    { requestId: id, viewer, operation: undefined },
    { ...action, subjectIds: [personRequestId, subjectId] },
  )
}

/** Who asked, as events and audit entries name them. */
function requesterOf({ requesterKind, requesterId }: BegunRequest): Viewer {
  return { kind: requesterKind, id: requesterId ?? undefined, subject: undefined, roles: [], scopes: new Set() }
}
