import { Prisma } from './generated/prisma/client.ts'
import type { ExportJobs } from './platform/bulk/export-jobs.ts'
import { keptExports } from './platform/bulk/export-progress.ts'
import { keptImports } from './platform/bulk/import-job.ts'
import type { Config } from './platform/config/config.ts'
import type { Database } from './platform/database/client.ts'
import type { Domain } from './platform/domain.ts'
import { ruleOfEvents } from './platform/events/retention.ts'
import { keptUses } from './platform/field-usage/field-use.ts'
import { keptKeys } from './platform/mutations/idempotency.ts'
import type { PersonJobs } from './platform/privacy/requests/person-jobs.ts'
import { keptRequests, keptValues } from './platform/privacy/requests/request-progress.ts'
import { rulesOfInactivity } from './platform/privacy/retention/inactive-people.ts'
import { type KeptRows, type RetentionRule, ruleOfRows } from './platform/privacy/retention/retention-rule.ts'
import { keptDeliveries } from './platform/webhooks/deliveries.ts'

interface Parts {
  config: Pick<Config, 'audit' | 'events'>
  domain: Pick<Domain, 'personalData'>
  database: Database
  exports: ExportJobs
  persons: PersonJobs
}

/** Everything that is kept for a while only. */
export function retentionRules({ config, domain, database, exports, persons }: Parts): RetentionRule[] {
  const transactions = database.ownTransactions
  const ofRows = (rows: KeptRows) => ruleOfRows(rows, transactions)
  return [
    ofRows(keptKeys),
    ofRows(keptImports),
    ofRows(keptDeliveries),
    exports.fileRule,
    ofRows(keptExports),
    persons.archiveRule,
    ofRows(keptValues),
    ofRows(keptRequests),
    ofRows(keptUses),
    ofRows(keptEntries(config.audit.keepDays)),
    ruleOfEvents(config.events.keepDays, transactions),
    ...rulesOfInactivity(domain.personalData, { client: database.client, transactions, persons }),
  ]
}

function keptEntries(days: number): KeptRows {
  return {
    name: 'audit trail',
    keep: `${days} days`,
    table: 'platform.pf_audit',
    isOver: Prisma.sql`occurred_ts < now() - make_interval(days => ${days}::int)`,
  }
}
