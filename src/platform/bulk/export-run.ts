import { ownKeyId } from '../api-keys/api-key.ts'
import type { Viewer } from '../auth/viewer.ts'
import type { Transaction, Transactions } from '../database/transaction.ts'
import { encodeId } from '../graphql/ids.ts'
import { ownRequest } from '../http/exchange.ts'
import { ExportFailure, failureIn } from './export-failure.ts'
import { endingOf, formatOf, mediaTypeOf } from './export-file.ts'
import {
  type BegunRun,
  type ExportMark,
  recordDone,
  recordFailure,
  recordLoss,
  recordMark,
  recordPause,
  recordProgress,
  requireCurrent,
  Superseded,
} from './export-progress.ts'
import { ExportWriter } from './export-writer.ts'
import type { FileStore, FileWriter } from './file-store.ts'
import { ListExport, type ListExportParts, Refused } from './list-export.ts'

export interface ExportRunParts extends ListExportParts {
  transactions: Transactions
  store: FileStore
  /** The viewer of an API key by its UUID; undefined where the key has ended. */
  keyViewer: (apiKeyId: string) => Promise<Viewer | undefined>
}

/** Manifests of trusted documents know the client by it. */
export const clientName = 'exports'
/** So long a person's rights are taken for what they were when the export was asked for. */
const trustMs = 24 * 3_600_000
/** How often a run looks whether it may go on: a revoked API key and a cancelled export stop within a second. */
const watchMs = 900
/** Then an export has failed that never comes further. */
const mostTries = 8

/**
 * One run of an export, by one process. It goes on behind what is safe in the file, of a new snapshot. Where another
 * process has begun a later run, because it took this one for dead, or the export was cancelled, this one ends within a
 * second, and writes nothing to the row any more.
 */
export class ExportRun {
  readonly #parts: ExportRunParts
  readonly #begun: BegunRun
  readonly #stopped: AbortSignal
  readonly #ended = new AbortController()

  constructor(parts: ExportRunParts, begun: BegunRun, stopped: AbortSignal) {
    this.#parts = parts
    this.#begun = begun
    this.#stopped = stopped
  }

  /** Throws where the export is to be run again. */
  async run(): Promise<void> {
    const watch = setInterval(() => void this.#watch(), watchMs)
    try {
      if (this.#begun.tries > mostTries) throw new ExportFailure('UNAVAILABLE', 'The server could not go on with it.')
      await this.#writeFile(await this.#viewer())
      this.#count('complete')
    } catch (error) {
      await this.#endWith(this.#ended.signal.aborted ? this.#ended.signal.reason : error)
    } finally {
      clearInterval(watch)
    }
  }

  /** Throws an ExportFailure where the export has no rights any more. */
  async #viewer(): Promise<Viewer> {
    const { viewer, authorizedAt } = this.#begun
    const apiKeyId = ownKeyId(viewer)
    if (apiKeyId !== undefined) {
      const ofKey = await this.#parts.keyViewer(apiKeyId)
      if (!ofKey) throw new ExportFailure('KEY_ENDED', 'The API key was revoked or has expired.')
      return ofKey
    }
    if (Date.now() > authorizedAt.getTime() + trustMs)
      throw new ExportFailure('TOO_OLD', 'It did not end within a day. It goes on when you ask for that.')
    return viewer
  }

  async #watch(): Promise<void> {
    try {
      await this.#record(requireCurrent)
      await this.#viewer()
    } catch (error) {
      if (error instanceof ExportFailure || error instanceof Superseded) this.#ended.abort(error)
    }
  }

  async #writeFile(viewer: Viewer): Promise<void> {
    const { file, from } = await this.#openFile()
    try {
      if (from?.after !== null) await this.#export(viewer, file, from)
      await file.complete()
      await this.#record(recordDone)
    } finally {
      await file.close()
    }
  }

  /** The file of this run, and what is in it. */
  async #openFile(): Promise<{ file: FileWriter; from: ExportMark | undefined }> {
    const { id, run, mark } = this.#begun
    const { store } = this.#parts
    const named = { name: `${id}-${run}${endingOf(this.#begun)}`, mediaType: mediaTypeOf(this.#begun) }
    const kept = mark && (await store.open(named, mark.file))
    if (mark && kept) {
      if (kept.safe.name === mark.file.name) return { file: kept, from: mark }
      const from = { ...mark, file: kept.safe }
      await this.#record((tx, name) => recordMark(tx, name, from))
      await store.remove(mark.file)
      return { file: kept, from }
    }
    if (mark) await this.#record(recordLoss)
    const file = await store.open(named, undefined)
    if (!file) throw new Error('the store opens no new file')
    return { file, from: undefined }
  }

  async #export(viewer: Viewer, file: FileWriter, from: ExportMark | undefined): Promise<void> {
    const { compression, format, requestId } = this.#begun
    const opened = await ListExport.open(this.#parts, {
      ...formatOf(format),
      request: ownRequest(clientName, this.#begun, requestId),
      viewer,
      after: from?.after ?? undefined,
      signal: AbortSignal.any([this.#stopped, this.#ended.signal]),
    })
    if (!(opened instanceof ListExport)) throw failureIn(opened)
    const writer = new ExportWriter({
      file,
      compression,
      from: from ?? { rows: 0, snapshots: 0 },
      onSafe: (mark) => this.#record((tx, name) => recordMark(tx, name, mark)),
      onProgress: (progress) => this.#record((tx, name) => recordProgress(tx, name, progress)),
    })
    try {
      for await (const part of opened.parts()) await writer.take(part)
    } catch (error) {
      await writer.breakOff()
      throw error
    }
    await writer.end()
  }

  async #endWith(error: unknown): Promise<void> {
    if (error instanceof Superseded) return this.#count('broken off')
    const failure = error instanceof Refused ? failureIn(error.response) : error
    const exportId = encodeId('BulkExport', this.#begun.id)
    if (failure instanceof ExportFailure && !failure.isPassing) return this.#fail(failure)
    if (this.#stopped.aborted) {
      await this.#record(recordPause)
    } else if (this.#begun.tries >= mostTries) {
      this.#parts.log.error({ exportId, err: error }, 'export given up')
      return this.#fail(new ExportFailure('UNAVAILABLE', 'The server could not go on with it.'))
    } else {
      this.#parts.log.warn({ exportId, err: error }, 'export waits for another try')
    }
    this.#count('broken off')
    throw error
  }

  async #fail(failure: ExportFailure): Promise<void> {
    this.#parts.log.info({ exportId: encodeId('BulkExport', this.#begun.id), code: failure.code }, 'export failed')
    await this.#record((tx, name) => recordFailure(tx, name, failure))
    this.#count('failed')
  }

  #count(outcome: ListExport['end']): void {
    this.#parts.metrics.exports.inc({ kind: 'job', outcome })
  }

  #record(write: (tx: Transaction, name: BegunRun) => Promise<void>): Promise<void> {
    return this.#parts.transactions.run((tx) => write(tx, this.#begun))
  }
}
