/** One statement as it was sent. */
export interface Statement {
  sql: string
  args: readonly unknown[]
  rows: number
}

/** Runs in the asynchronous context of the statement's caller. */
export type StatementListener = (statement: Statement) => void
