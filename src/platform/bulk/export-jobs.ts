import type { BulkExportFormat } from '../../generated/prisma/enums.ts'
import { liveKeyViewer } from '../api-keys/key-viewer.ts'
import type { Viewer } from '../auth/viewer.ts'
import type { Context, ExportDesk, ExportFile, OwnOperation } from '../context.ts'
import type { Database } from '../database/client.ts'
import type { RetentionRule } from '../database/retention-rule.ts'
import type { Transaction } from '../database/transaction.ts'
import type { Domain } from '../domain.ts'
import { clientError } from '../errors.ts'
import { ownRequest } from '../http/exchange.ts'
import type { Jobs } from '../jobs/jobs.ts'
import { Worker } from '../jobs/worker.ts'
import { failureIn } from './export-failure.ts'
import { factsOf, formatOf } from './export-file.ts'
import {
  beginRun,
  countOldFiles,
  forgetFile,
  isAnyOpen,
  keptFiles,
  readOldFiles,
  strayFileDays,
} from './export-progress.ts'
import { clientName, ExportRun, type ExportRunParts } from './export-run.ts'
import { shapeOf } from './export-shape.ts'
import type { ExportSlots } from './export-slots.ts'
import { linkToFile } from './file-action.ts'
import type { FileLinks } from './file-link.ts'
import type { FileStore } from './file-store.ts'
import type { ListExportParts } from './list-export.ts'
import { firstPage } from './page-of-export.ts'
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

/** Exports that run as jobs of pg-boss. A process takes jobs from the moment when there is an export to run. */
export class ExportJobs implements ExportDesk {
  readonly #parts: ExportJobsParts
  readonly #declared: ReadonlySet<string>
  readonly #worker: Worker<Running>
  #respondWithPage: RespondWithPage | undefined

  constructor(parts: ExportJobsParts) {
    this.#parts = parts
    this.#declared = new Set(Object.keys(parts.domain.scopes))
    const { jobs, database, workers, log } = parts
    this.#worker = new Worker({
      jobs,
      queue: 'bulk-exports',
      atOnce: workers,
      isAnyOpen: () => database.ownTransactions.run(isAnyOpen),
      run: ({ exportId }, stopped) => this.#run(exportId, stopped),
      log,
    })
  }

  start(endpoint: { respondWithPage: RespondWithPage }): void {
    this.#respondWithPage = endpoint.respondWithPage
    this.#worker.start()
  }

  /** Lets each run write what it has, so that another process goes on there. */
  stop(): Promise<void> {
    return this.#worker.stop()
  }

  async refusalOf(operation: OwnOperation, format: BulkExportFormat): Promise<string | undefined> {
    let isGood = false
    const response = await this.#respond(
      ownRequest(clientName, operation),
      {
        page: firstPage(),
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

  enqueue(id: string, tx: Transaction): Promise<void> {
    return this.#worker.enqueue(id, { exportId: id }, tx)
  }

  linkTo(file: ExportFile, forWhom: Pick<Context, 'viewer' | 'requestId'>): Promise<string> {
    return linkToFile(this.#parts, { type: 'BulkExport', id: file.id }, factsOf(file), forWhom)
  }

  /** Removes files of exports that ended a week ago. */
  get fileRule(): RetentionRule {
    const transactions = this.#parts.database.ownTransactions
    return {
      ...keptFiles,
      count: () => transactions.run(countOldFiles),
      apply: () => this.#removeOldFiles(),
    }
  }

  async #removeOldFiles(): Promise<number> {
    const { store, database } = this.#parts
    const transactions = database.ownTransactions
    const old = await transactions.run(readOldFiles)
    for (const { id, mark } of old) {
      await store.remove(mark.file)
      await transactions.run((tx) => forgetFile(tx, id))
    }
    await store.removeOlder(strayFileDays)
    return old.length
  }

  get #respond(): RespondWithPage {
    if (!this.#respondWithPage) throw new Error('exports are not started')
    return this.#respondWithPage
  }

  async #run(exportId: string, stopped: AbortSignal): Promise<void> {
    const { database, slots } = this.#parts
    const transactions = database.ownTransactions
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
