import { placesOf } from '../database/asking-field.ts'
import type { Statement } from '../database/statement.ts'
import { summaryOf } from '../database/statement-summary.ts'
import type { Span, SpanBeginning, SpanEnd, TracedCall } from '../observability/span.ts'
import { headersOf } from '../observability/trace-context.ts'
import type { Trace, Tracing } from '../observability/tracing.ts'

/** A trace of an import or of a huge document stays readable. */
const maxStatements = 200

/** An operation in its trace: its span, and those of its mutations, statements and calls. */
export class OperationTrace {
  readonly #database: string
  readonly #trace: Trace
  readonly #span: Span | undefined
  #mutation: Span | undefined
  #statements = 0

  /** `request` is the trace of the HTTP request; without it the operation has one of its own. */
  constructor(tracing: Tracing, request: Trace | undefined, startedAt: number) {
    this.#database = tracing.database
    const beginning: SpanBeginning = { kind: request ? 'internal' : 'server', startedAt }
    this.#trace = request ?? tracing.begin(() => ({ name: 'operation', ...beginning }))
    this.#span = request ? request.span?.begin('operation', beginning) : this.#trace.span
  }

  get id(): string {
    return this.#trace.id
  }

  get isRecorded(): boolean {
    return this.#span !== undefined
  }

  /** Returns what ends its span. */
  beginMutation(name: string): (failure?: string) => void {
    const span = this.#span?.begin(name, { kind: 'internal', attributes: { 'frontdoor.mutation': name } })
    this.#mutation = span
    return (failure) => {
      span?.end({ failure })
      this.#mutation = undefined
    }
  }

  /** A statement that has ended. */
  record({ sql, rows, startedAt, server, askedBy, hasFailed }: Statement): void {
    if (!this.#span || this.#statements++ >= maxStatements) return
    const { operation, text, hash } = summaryOf(sql)
    const attributes = {
      'db.system.name': 'postgresql',
      'db.namespace': this.#database,
      'db.operation.name': operation,
      'db.query.summary': text,
      'db.query.text': sql,
      'db.response.returned_rows': rows,
      'frontdoor.statement.hash': hash,
      'frontdoor.statement.fields': placesOf(askedBy).join() || undefined,
      'frontdoor.database.server': server,
    }
    const span = (this.#mutation ?? this.#span).begin(text, { kind: 'client', startedAt, attributes })
    span.end(hasFailed ? { failure: 'failed' } : {})
  }

  call(name: string, attributes: SpanBeginning['attributes'] = {}): TracedCall {
    const span = (this.#mutation ?? this.#span)?.begin(name, { kind: 'client', attributes })
    return {
      headers: headersOf(span?.context ?? this.#trace.context),
      end: (end) => span?.end(end),
    }
  }

  end(name: string, end: SpanEnd): void {
    this.#span?.rename(name)
    this.#span?.end(end)
  }
}
