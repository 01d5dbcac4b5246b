import { randomFillSync } from 'node:crypto'

/** A span of another process, or of this one, as the next process gets it: https://www.w3.org/TR/trace-context/ */
export interface TraceContext {
  /** 32 hexadecimal digits. */
  readonly traceId: string
  /** 16 hexadecimal digits. */
  readonly spanId: string
  readonly isSampled: boolean
  /** The header `tracestate`, unchanged. */
  readonly state?: string | undefined
}

const pattern = /^(?!ff)[\da-f]{2}-(?!0{32})([\da-f]{32})-(?!0{16})([\da-f]{16})-([\da-f]{2})(?:$|-)/
/** Section 3.3.1.5 of the specification asks for at least as much. */
const longestState = 512

/** What the headers of a request say; undefined where they say nothing that is valid. */
export function traceContextIn(headers: { get(name: string): string | null }): TraceContext | undefined {
  const header = headers.get('traceparent')
  if (header === null) return undefined
  const [, traceId, spanId, flags] = pattern.exec(header) ?? []
  if (traceId === undefined || spanId === undefined || flags === undefined) return undefined
  const state = headers.get('tracestate')
  return {
    traceId,
    spanId,
    isSampled: (Number.parseInt(flags, 16) & 1) === 1,
    state: state !== null && state.length <= longestState ? state : undefined,
  }
}

/** The headers that pass it on. */
export function headersOf({ traceId, spanId, isSampled, state }: TraceContext): Record<string, string> {
  const traceparent = `00-${traceId}-${spanId}-${isSampled ? '01' : '00'}`
  return state === undefined ? { traceparent } : { traceparent, tracestate: state }
}

export function newTraceId(): string {
  return randomHex(16)
}

export function newSpanId(): string {
  return randomHex(8)
}

/** Each request needs an id, and a call for random bytes takes longer than all else that an unrecorded trace needs. */
const pool = Buffer.alloc(4096)
let used = pool.length

function randomHex(bytes: number): string {
  if (used + bytes > pool.length) {
    randomFillSync(pool)
    used = 0
  }
  used += bytes
  return pool.toString('hex', used - bytes, used)
}
