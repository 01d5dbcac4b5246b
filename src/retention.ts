import { keptEntries } from './platform/audit/audit-entry.ts'
import type { ExportJobs } from './platform/bulk/export-jobs.ts'
import { keptExports, keptFiles } from './platform/bulk/export-progress.ts'
import { keptImports } from './platform/bulk/import-job.ts'
import type { Config } from './platform/config/config.ts'
import type { Database } from './platform/database/client.ts'
import { type KeptRows, type RetentionRule, ruleOfRows } from './platform/database/retention-rule.ts'
import type { Domain } from './platform/domain.ts'
import { keptEvents, ruleOfEvents } from './platform/events/retention.ts'
import { keptUses } from './platform/field-usage/field-use.ts'
import { keptKeys } from './platform/mutations/idempotency.ts'
import type { PersonJobs } from './platform/persons/requests/person-jobs.ts'
import { keptArchives, keptRequests, keptValues } from './platform/persons/requests/request-progress.ts'
import { keptPeopleOf, rulesOfInactivity } from './platform/persons/retention/inactive-people.ts'
import { keptDeliveries } from './platform/webhooks/deliveries.ts'

interface Parts {
  config: Pick<Config, 'audit' | 'events'>
  domain: Pick<Domain, 'personalData'>
  database: Database
  exports: ExportJobs
  persons: PersonJobs
}

type Days = Pick<Config, 'audit' | 'events'>

/** Tables whose rows are kept for a while only. */
function keptRows({ audit }: Days): KeptRows[] {
  return [
    keptKeys,
    keptImports,
    keptDeliveries,
    keptExports,
    keptValues,
    keptRequests,
    keptUses,
    keptEntries(audit.keepDays),
  ]
}

/** Everything that is kept for a while only. */
export function retentionRules({ config, domain, database, exports, persons }: Parts): RetentionRule[] {
  const transactions = database.ownTransactions
  return [
    ...keptRows(config).map((rows) => ruleOfRows(rows, transactions)),
    exports.fileRule,
    persons.archiveRule,
    ruleOfEvents(config.events.keepDays, transactions),
    ...rulesOfInactivity(domain.personalData, { client: database.client, transactions, persons }),
  ]
}

/** The same as a record names it. */
export function retentionSchedule(config: Days, { personalData }: Pick<Domain, 'personalData'>) {
  return [
    ...keptRows(config),
    keptFiles,
    keptArchives,
    keptEvents(config.events.keepDays),
    ...keptPeopleOf(personalData),
  ].map(({ name, keep }) => ({ name, keep }))
}
