import type { PolicedClient } from './auth/row-policy.ts'
import type { Viewer } from './auth/viewer.ts'
import type { Transactions } from './database/transaction.ts'
import type { CursorCodec } from './graphql/cursor.ts'
import type { Loaders } from './graphql/loader.ts'

/** What a resolver is given of the request it works for. */
export interface Context {
  requestId: string
  viewer: Viewer
  /** The Idempotency-Key header, as it came. */
  idempotencyKey: string | undefined
  /** Reads, through the viewer's row policy. */
  db: PolicedClient
  /** Writes, for the mutations' own framework: a resolver that reads past `db` would read past the row policy. */
  transactions: Transactions
  loaders: Loaders
  cursors: CursorCodec
  /** To be called before an answer that tells of what is another's; throws RATE_LIMITED beyond so many a minute. */
  countLookUp: () => void
}
