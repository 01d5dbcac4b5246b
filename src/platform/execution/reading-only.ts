import type { Context, OperationAudit } from '../context.ts'
import type { Model } from '../database/data-model.ts'
import { isOfPlatform } from '../database/privileges.ts'
import { switchedOff } from '../errors.ts'

/** What a server cannot do that can only read, for its operator. */
export const offWhereReadingOnly = [
  'mutations, bulk imports, idempotency keys',
  'events: subscriptions, changes, webhooks, EVENTS_RELAY',
  'API keys',
  'exports as jobs (exports as streams work)',
  'the audit trail: its entries go to the log, and fields with a sensitivity tag are refused unless AUDIT_IN_LOG=true',
  'the response cache, the count of field uses, DATABASE_REPLICA_URLS',
] as const

/** Throws for a read of the platform's own tables. */
export function refuseOwnTables(model: Model): void {
  if (isOfPlatform(model)) throw switchedOff('What the server keeps in tables of its own')
}

/** Refuses the value of a tagged field: nobody could say later who has read it. */
export function withoutRecord(audit: OperationAudit): Context['audit'] {
  return {
    read: (_type, _row, field) => {
      throw switchedOff(`${field}, whose reads are recorded,`)
    },
    denied: (...denial) => audit.denied(...denial),
    mutation: (action) => audit.mutation(action),
  }
}
