import type { ExportJobs } from './platform/bulk/export-jobs.ts'
import { forgetOldImports } from './platform/bulk/import-job.ts'
import type { Config } from './platform/config/config.ts'
import type { Database } from './platform/database/client.ts'
import { partitionOutbox } from './platform/events/retention.ts'
import { forgetOldUses } from './platform/field-usage/field-use.ts'
import { forgetOldKeys } from './platform/mutations/idempotency.ts'
import type { Log } from './platform/observability/log.ts'
import { forgetOldDeliveries } from './platform/webhooks/deliveries.ts'

/** Idempotency keys live for a day and field uses for half a year; the sweep deletes older ones. */
const sweepEveryMs = 3_600_000

/** Deletes from time to time what is kept for a while only, and makes room for what comes. */
export function startSweep(database: Database, exports: ExportJobs, { events }: Config, log: Log): NodeJS.Timeout {
  const partition = () =>
    database
      .runInBackground(partitionOutbox(events.keepDays))
      .catch((err: unknown) => log.warn({ err }, 'the outbox has no new partition for now'))
  void partition()
  return setInterval(() => {
    void partition()
    database.transactions
      .run(forgetOldKeys)
      .catch((err: unknown) => log.warn({ err }, 'old idempotency keys stay for now'))
    database
      .runInBackground(forgetOldUses())
      .catch((err: unknown) => log.warn({ err }, 'old uses of fields stay for now'))
    database.runInBackground(forgetOldImports()).catch((err: unknown) => log.warn({ err }, 'old imports stay for now'))
    database
      .runInBackground(forgetOldDeliveries())
      .catch((err: unknown) => log.warn({ err }, 'old deliveries stay for now'))
    exports.sweep().catch((err: unknown) => log.warn({ err }, 'old exports stay for now'))
  }, sweepEveryMs)
}
