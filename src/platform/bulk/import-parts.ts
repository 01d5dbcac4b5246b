import type { Transactions } from '../database/transaction.ts'
import type { Account } from '../limits/rate-limit.ts'
import type { Metrics } from '../observability/metrics.ts'
import type { ChunkParts } from './import-chunk.ts'
import type { ImportOptions } from './import-job.ts'

/** What an import works with. */
export interface ImportParts extends ChunkParts {
  transactions: Transactions
  /** Transactions without a bound for the whole of them, for imports that are one transaction. */
  long: Transactions
  /** A file that is above it waits. */
  budget: Account
  options: ImportOptions
  key: string
  metrics: Metrics
  /** Takes a part of the report, which is NDJSON. */
  send: (text: string) => void
}
