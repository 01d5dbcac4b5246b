import type { Job, PgBoss } from 'pg-boss'
import type { BulkExportFormat } from '../../generated/prisma/enums.ts'
import { liveKeyViewer } from '../api-keys/key-viewer.ts'
import { auditEntries } from '../audit/audit-entry.ts'
import type { Viewer } from '../auth/viewer.ts'
import type { Context, ExportDesk, ExportFile, OwnOperation } from '../context.ts'
import type { Database } from '../database/client.ts'
import type { Transaction } from '../database/transaction.ts'
import type { Domain } from '../domain.ts'
import { clientError } from '../errors.ts'
import { encodeId } from '../graphql/ids.ts'
import { ownRequest } from '../http/exchange.ts'
import { inTransaction, type Jobs } from '../jobs/jobs.ts'
import { failureIn } from './export-failure.ts'
import { factsOf, formatOf } from './export-file.ts'
import { beginRun, forgetFile, forgetOldExports, isAnyOpen, readOldFiles, strayFileDays } from './export-progress.ts'
import { clientName, ExportRun, type ExportRunParts } from './export-run.ts'
import { shapeOf } from './export-shape.ts'
import type { ExportSlots } from './export-slots.ts'
import type { FileLinks } from './file-link.ts'
import type { FileStore } from './file-store.ts'
import type { ListExportParts } from './list-export.ts'
import { rowWriter } from './row-format.ts'

interface ExportJobsParts extends Omit<ListExportParts, 'respondWithPage'> {
  database: Database
  domain: Pick<Domain, 'scopes'>
  jobs: Jobs
  store: FileStore
  links: FileLinks
  slots: ExportSlots
  /** How many jobs one process takes at once. */
  workers: number
}

type RespondWithPage = ListExportParts['respondWithPage']
interface Running {
  exportId: string
}

const queue = 'bulk-exports'
const pollSeconds = 1
/** How often a process that runs no exports looks for those that another one has left. */
const lookEveryMs = 5000
const linkSeconds = 15 * 60

/** Exports that run as jobs of pg-boss. A process takes jobs from the moment when there is an export to run. */
export class ExportJobs implements ExportDesk {
  readonly #parts: ExportJobsParts
  readonly #declared: ReadonlySet<string>
  readonly #stopped = new AbortController()
  #respondWithPage: RespondWithPage | undefined
  #boss: Promise<PgBoss> | undefined
  #looking: NodeJS.Timeout | undefined

  constructor(parts: ExportJobsParts) {
    this.#parts = parts
    this.#declared = new Set(Object.keys(parts.domain.scopes))
  }

  start(endpoint: { respondWithPage: RespondWithPage }): void {
    this.#respondWithPage = endpoint.respondWithPage
    this.#looking = setInterval(() => void this.#look(), lookEveryMs).unref()
    void this.#look()
  }

  /** Lets each run write what it has, so that another process goes on there. */
  async stop(): Promise<void> {
    clearInterval(this.#looking)
    this.#stopped.abort(new Error('the server stops'))
    await this.#parts.jobs.stop()
  }

  async refusalOf(operation: OwnOperation, format: BulkExportFormat): Promise<string | undefined> {
    let isGood = false
    const response = await this.#respond(
      ownRequest(clientName, operation),
      {
        page: { after: undefined, ahead: undefined, next: undefined },
        snapshot: this.#parts.database.primary,
        check: (selected) => {
          const { format: rows, asLines } = formatOf(format)
          rowWriter(rows, shapeOf(selected), asLines)
          isGood = true
          // Nothing is read.
          throw clientError('BAD_USER_INPUT', 'checked')
        },
        takesLines: false,
        accept: () => {},
      },
      operation.viewer,
    )
    if (isGood) return undefined
    const failure = failureIn(response && 'body' in response ? response : undefined)
    if (failure.code === 'BAD_USER_INPUT' || !failure.isPassing) return failure.message
    throw clientError('UNAVAILABLE', 'The service cannot answer right now; try again shortly.')
  }

  async enqueue(id: string, tx: Transaction): Promise<void> {
    const boss = await this.#startedBoss()
    const running: Running = { exportId: id }
    await boss.send(queue, running, { singletonKey: id, db: inTransaction(tx) })
  }

  async linkTo(file: ExportFile, { viewer, requestId }: Pick<Context, 'viewer' | 'requestId'>): Promise<string> {
    const { store, links, trail } = this.#parts
    const action = { action: 'exportLink', outcome: 'DONE', subjectType: 'BulkExport' } as const
    const subjectIds = [encodeId('BulkExport', file.id)]
    for (const entry of auditEntries({ requestId, viewer, operation: undefined }, { ...action, subjectIds }))
      trail.record(entry)
    return (await store.linkTo(factsOf(file), linkSeconds)) ?? links.pathTo(file.id, linkSeconds)
  }

  /** Removes files of exports that ended a week ago, and exports that ended a month ago. */
  async sweep(): Promise<void> {
    const { store, database } = this.#parts
    const transactions = database.ownTransactions
    for (const { id, mark } of await transactions.run(readOldFiles)) {
      await store.remove(mark.file)
      await transactions.run((tx) => forgetFile(tx, id))
    }
    await store.removeOlder(strayFileDays)
    await transactions.run(forgetOldExports)
  }

  get #respond(): RespondWithPage {
    if (!this.#respondWithPage) throw new Error('exports are not started')
    return this.#respondWithPage
  }

  async #look(): Promise<void> {
    const { database, log } = this.#parts
    if (this.#boss || this.#stopped.signal.aborted) return
    try {
      if (await database.ownTransactions.run(isAnyOpen)) await this.#startedBoss()
    } catch (err) {
      log.warn({ err }, 'exports wait')
    }
  }

  #startedBoss(): Promise<PgBoss> {
    this.#boss ??= this.#startBoss().catch((error: unknown) => {
      this.#boss = undefined
      throw error
    })
    return this.#boss
  }

  async #startBoss(): Promise<PgBoss> {
    const { jobs, workers } = this.#parts
    const boss = await jobs.started()
    const work = () =>
      boss.work<Running>(queue, { pollingIntervalSeconds: pollSeconds }, async ([job]) => {
        if (job) await this.#run(job)
      })
    await Promise.all(Array.from({ length: workers }, work))
    return boss
  }

  async #run({ data: { exportId }, signal }: Job<Running>): Promise<void> {
    const { database, slots } = this.#parts
    const transactions = database.ownTransactions
    const stopped = AbortSignal.any([this.#stopped.signal, signal])
    await slots.wait(stopped)
    try {
      const begun = await transactions.run((tx) => beginRun(tx, exportId))
      const keyViewer = (id: string): Promise<Viewer | undefined> => liveKeyViewer(database.client, id, this.#declared)
      const parts: ExportRunParts = { ...this.#parts, respondWithPage: this.#respond, transactions, keyViewer }
      if (begun) await new ExportRun(parts, begun, stopped).run()
    } finally {
      slots.free()
    }
  }
}
