import type { Asking } from './asking-field.ts'

/** One statement as it was sent. */
export interface Statement {
  sql: string
  args: readonly unknown[]
  rows: number
  /** As `performance.now()` counts. Waiting for a connection is a part of its time. */
  startedAt: number
  /** The server that it was sent to: `primary`, `replica 1`, … */
  server: string
  /** The fields that it was sent for, where they are known. */
  askedBy: Asking | undefined
  /** PostgreSQL refused it or broke it off, or there was no connection for it. */
  hasFailed: boolean
}

/** Runs in the asynchronous context of the statement's caller. */
export type StatementListener = (statement: Statement) => void
