import type { TracesConfig } from '../config/telemetry-settings.ts'
import type { Span, SpanBeginning, SpanRecorder } from './span.ts'
import { newSpanId, newTraceId, type TraceContext, traceContextIn } from './trace-context.ts'

/** A request, or other work, in its trace. */
export interface Trace {
  readonly id: string
  /** Undefined where the trace is not recorded. */
  readonly span: Span | undefined
  /** What another server gets that is called without a span of its own. */
  readonly context: TraceContext
}

interface Caller {
  headers: { get(name: string): string | null }
  /** Whether it may decide that its request is recorded. */
  isTrusted: boolean
}

/** Draws of 56 bits, as many of a trace id are surely random. */
const randomDigits = 14
const draws = 16 ** randomDigits

/**
 * Decides which requests are recorded: the others cost the id of their trace. The id of a caller is taken over. Whether
 * it is recorded, only a trusted caller may decide; for all others it is drawn, so that clients can force nothing.
 */
export class Tracing {
  /** The name of the database, for spans of statements. */
  readonly database: string
  readonly #sampling: TracesConfig['sampling']
  readonly #recorder: SpanRecorder

  constructor(sampling: TracesConfig['sampling'], recorder: SpanRecorder, database: string) {
    this.#sampling = sampling
    this.#recorder = recorder
    this.database = database
  }

  /** Begins the trace of work of the server's own, or that of a caller. `describe` is called for one that is recorded. */
  begin(describe: () => SpanBeginning & { name: string }, caller?: Caller): Trace {
    const parent = caller && traceContextIn(caller.headers)
    const isSampled = parent && caller.isTrusted ? this.#follows(parent) : Math.random() < this.#sampling.ratio
    if (!isSampled) return new UnrecordedTrace(parent)
    const { name, ...beginning } = describe()
    const span = this.#recorder.begin(name, beginning, parent && { ...parent, isSampled })
    return { id: span.context.traceId, span, context: span.context }
  }

  close(): Promise<void> {
    return this.#recorder.close()
  }

  #follows({ traceId, isSampled }: TraceContext): boolean {
    const { followsParent, ratio } = this.#sampling
    if (followsParent) return isSampled
    // Servers that draw by the id of the trace all draw the same.
    return ratio >= 1 || Number.parseInt(traceId.slice(-randomDigits), 16) < ratio * draws
  }
}

class UnrecordedTrace implements Trace {
  readonly id: string
  readonly span = undefined
  readonly #state: string | undefined

  constructor(parent: TraceContext | undefined) {
    this.id = parent?.traceId ?? newTraceId()
    this.#state = parent?.state
  }

  get context(): TraceContext {
    return { traceId: this.id, spanId: newSpanId(), isSampled: false, state: this.#state }
  }
}
