import { setTimeout as pause } from 'node:timers/promises'
import type { OperationDefinitionNode } from 'graphql'
import { auditEntries } from '../audit/audit-entry.ts'
import type { AuditTrail } from '../audit/audit-trail.ts'
import type { Viewer } from '../auth/viewer.ts'
import type { AuditAction, ExportPage, Lines } from '../context.ts'
import type { Snapshot } from '../database/snapshot.ts'
import { errorCatalogue } from '../errors.ts'
import type { Selecting } from '../graphql/collect-fields.ts'
import { type ExchangeRequest, ExchangeResponse, type StreamResponse } from '../http/exchange.ts'
import { pay, secondsToPay } from '../limits/pay.ts'
import type { Precedence } from '../limits/precedence.ts'
import type { Account, RateLimit } from '../limits/rate-limit.ts'
import type { Log } from '../observability/log.ts'
import type { Metrics } from '../observability/metrics.ts'
import { nameInLog } from '../observability/operation-name.ts'
import { nodesIn, rowsIn } from './export-rows.ts'
import { type ExportShape, shapeOf } from './export-shape.ts'
import { firstPage, type PageOfExport, sizeBehind } from './page-of-export.ts'
import { type Format, type RowWriter, rowWriter } from './row-format.ts'

/** Executes the operation of an export for one page of it. */
type RespondWithPage = (
  request: ExchangeRequest,
  page: PageOfExport,
  viewer?: Viewer,
) => Promise<ExchangeResponse | StreamResponse | undefined>

export interface ListExportParts {
  respondWithPage: RespondWithPage
  /** Shows at least what the sender of the request has seen. */
  openSnapshot: (request: ExchangeRequest) => Promise<Snapshot>
  precedence: Precedence
  /** Rows that each principal may export. */
  budget: RateLimit
  trail: AuditTrail
  log: Log
  metrics: Metrics
}

interface ListExportOptions {
  request: ExchangeRequest
  format: Format
  /** Whether the rows of lists below a node are lines of their own. */
  asLines: boolean
  /** Whom the export is for, where the request has no credential. */
  viewer?: Viewer | undefined
  /** The cursor behind which it begins. */
  after?: string | undefined
  /** Ends it. An export with a signal also waits at its beginning where the principal may not export at the moment. */
  signal?: AbortSignal | undefined
}

/** The text of one page, the beginning and the end of the whole text with the first and the last one. */
export interface ExportPart {
  /** In UTF-8. */
  readonly bytes: Buffer
  /** How many rows are in it, those of lists below too. */
  readonly rows: number
  /** The cursor behind which the rest begins; null behind the last part. */
  readonly after: string | null
}

function tooManyRows(seconds: number, { requestId }: ExchangeRequest): ExchangeResponse {
  const message = `Too many rows were exported in a short time; try again in ${seconds} s.`
  const errors = [{ message, extensions: { code: 'RATE_LIMITED', retryAfterSeconds: seconds, requestId } }]
  return new ExchangeResponse(JSON.stringify({ errors }), {
    status: errorCatalogue.RATE_LIMITED.status,
    headers: { 'content-type': 'application/graphql-response+json; charset=utf-8', 'retry-after': String(seconds) },
  })
}

function framed(head: string, lines: Buffer, tail: string): Buffer {
  return head === '' && tail === '' ? lines : Buffer.concat([Buffer.from(head), lines, Buffer.from(tail)])
}

/** The operation cannot be exported, or not now. */
export class Refused extends Error {
  readonly response: ExchangeResponse | undefined

  constructor(response: ExchangeResponse | undefined) {
    super('the export was refused')
    this.response = response
  }
}

/**
 * A list as a stream of text: page after page of one operation, all of one snapshot. Each page is a request of its own, so
 * credential, rules and row policy are those of that moment.
 */
export class ListExport {
  readonly #parts: ListExportParts
  readonly #options: ListExportOptions
  readonly #snapshot: Snapshot
  readonly #stopped = new AbortController()
  #page: ExportPage
  #lines: Lines = { bytes: Buffer.alloc(0), rows: 0 }
  #operation: { shape: ExportShape; writer: RowWriter; viewer: Viewer; name: string | undefined } | undefined
  /** How many rows were written, those of lists below too. */
  rows = 0
  end: 'complete' | 'failed' | 'broken off' = 'broken off'

  /** Reads the first page. Returns the response of an operation that is refused. */
  static async open(
    parts: ListExportParts,
    options: ListExportOptions,
  ): Promise<ListExport | ExchangeResponse | undefined> {
    options.signal?.throwIfAborted()
    const opened = new ListExport(parts, options, await parts.openSnapshot(options.request))
    try {
      await opened.#read()
      // A job waits for its budget, and a client is told when to come again.
      const seconds = options.viewer ? await opened.#pay() : await opened.#secondsToPay()
      if (seconds !== undefined) throw new Refused(tooManyRows(seconds, options.request))
      opened.#record('DONE')
      return opened
    } catch (error) {
      await opened.close()
      if (error instanceof Refused) return error.response
      throw error
    }
  }

  private constructor(parts: ListExportParts, options: ListExportOptions, snapshot: Snapshot) {
    this.#parts = parts
    this.#options = options
    this.#snapshot = snapshot
    this.#page = firstPage(options.after)
    options.signal?.addEventListener('abort', this.#onAbort, { once: true })
  }

  readonly #onAbort = () => void this.close()

  /** The next page is read when the part before was taken. Throws where the export ends early. */
  async *parts(): AsyncGenerator<ExportPart, void, undefined> {
    try {
      const { writer } = this.#begun
      let head = this.#options.after === undefined ? writer.head : ''
      for (;;) {
        const { next } = this.#page
        const { bytes, rows } = this.#lines
        yield { bytes: framed(head, bytes, next ? '' : writer.tail), rows, after: next?.after ?? null }
        head = ''
        this.rows += rows
        this.#parts.metrics.exportedRows.inc(rows)
        if (!next) break
        // A chain of all pages would keep their rows longer than they are used.
        this.#page.next = undefined
        this.#page = next
        await this.#read()
        await this.#pay()
      }
      this.end = 'complete'
    } catch (error) {
      // The client has left, or the server stops.
      if (this.#stopped.signal.aborted) throw error
      this.end = 'failed'
      // The log of its page says why a page was refused.
      if (!(error instanceof Refused))
        this.#parts.log.error({ requestId: this.#options.request.requestId, err: error }, 'the export failed')
      this.#record('FAILED')
      throw error
    } finally {
      await this.close()
      this.#logEnd()
    }
  }

  /** Ends it, with the statement under way. */
  async close(): Promise<void> {
    this.#stopped.abort()
    this.#options.signal?.removeEventListener('abort', this.#onAbort)
    await this.#snapshot[Symbol.asyncDispose]()
  }

  get #begun() {
    if (!this.#operation) throw new Error('the export has not begun')
    return this.#operation
  }

  async #read(): Promise<void> {
    const { request, viewer, after, signal, format, asLines } = this.#options
    const { precedence, respondWithPage } = this.#parts
    for (;;) {
      let isRead = false
      this.#page.sizeBehind = sizeBehind(this.#page.size, precedence.isAsked)
      const page: PageOfExport = {
        page: this.#page,
        snapshot: this.#snapshot,
        check: (operation, viewer) => this.#check(operation, viewer),
        takesLines: format === 'ndjson' && !asLines,
        accept: (accepted) => {
          this.#lines = 'bytes' in accepted ? accepted : this.#linesOf(accepted.data)
          isRead = true
        },
      }
      const response = await precedence.piece(() => respondWithPage(request.again(), page, viewer))
      if (isRead) return
      const refusal = response instanceof ExchangeResponse ? response : undefined
      const mayWait = signal !== undefined || this.#page.after !== after
      if (refusal?.status !== 429 || !mayWait) throw new Refused(refusal)
      await this.#wait(Number(refusal.headers.get('retry-after')))
    }
  }

  #linesOf(data: Record<string, unknown>): Lines {
    const { shape, writer } = this.#begun
    const nodes = nodesIn(data, shape)
    return { bytes: Buffer.from(writer.rows(nodes)), rows: rowsIn(nodes, shape.row) }
  }

  #check(operation: Selecting & { definition: OperationDefinitionNode }, viewer: Viewer): void {
    if (this.#operation) return
    const shape = shapeOf(operation)
    const writer = rowWriter(this.#options.format, shape, this.#options.asLines)
    this.#operation = { shape, writer, viewer, name: operation.definition.name?.value }
  }

  /** Waits until the principal may export the rows of this page. */
  #pay(): Promise<undefined> {
    return pay(this.#account, this.#lines.rows, this.#stopped.signal)
  }

  /** Takes the rows of this page from the budget of the principal; or returns in how many seconds it has so many. */
  #secondsToPay(): Promise<number | undefined> {
    return secondsToPay(this.#account, this.#lines.rows)
  }

  get #account(): Account {
    return this.#parts.budget.accountOf(this.#begun.viewer, this.#options.request.address)
  }

  async #wait(seconds: number): Promise<void> {
    await pause(Math.max(1, seconds) * 1000, undefined, { signal: this.#stopped.signal })
  }

  #record(outcome: AuditAction['outcome']): void {
    const { viewer, shape, name } = this.#begun
    const { requestId } = this.#options.request
    const fields = shape.row.fields.map(({ key }) => key)
    const action = { action: 'export', outcome, subjectType: shape.typeName, fields }
    for (const entry of auditEntries({ requestId, viewer, operation: name }, action)) this.#parts.trail.record(entry)
  }

  #logEnd(): void {
    const { viewer, name } = this.#begun
    const { requestId, startedAt, client } = this.#options.request
    this.#parts.log.info(
      {
        requestId,
        operation: nameInLog(name),
        client: client.name,
        viewer: viewer.kind,
        rows: this.rows,
        durationMs: Math.round(performance.now() - startedAt),
        end: this.end,
      },
      'export ended',
    )
  }
}
