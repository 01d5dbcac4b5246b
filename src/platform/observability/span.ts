import type { TraceContext } from './trace-context.ts'

type Attributes = Readonly<Record<string, string | number | boolean | undefined>>

export interface SpanBeginning {
  kind: 'server' | 'client' | 'internal'
  /** As `performance.now()` counts; by default now. */
  startedAt?: number
  attributes?: Attributes
}

export interface SpanEnd {
  attributes?: Attributes
  /** The code of a failure that the service must mend. */
  failure?: string | undefined
}

/** A span under way. */
export interface Span {
  readonly context: TraceContext
  /** Begins a span inside of it. */
  begin(name: string, beginning: SpanBeginning): Span
  rename(name: string): void
  end(end?: SpanEnd): void
}

/** A call to another server, with the headers that carry the trace there. */
export interface TracedCall {
  readonly headers: Readonly<Record<string, string>>
  end(end: SpanEnd): void
}

/** Begins spans, and hands them to a collector when they end. */
export interface SpanRecorder {
  /** Begins the first span of this process in a trace: a new one, or that of `parent`. */
  begin(name: string, beginning: SpanBeginning, parent?: TraceContext): Span
  /** Hands over what has ended, within a bound. */
  close(): Promise<void>
}
