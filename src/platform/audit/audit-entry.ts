import { Prisma } from '../../generated/prisma/client.ts'
import type { AuditOutcome } from '../../generated/prisma/enums.ts'
import type { Viewer } from '../auth/viewer.ts'
import type { AuditAction } from '../context.ts'
import type { KeptRows } from '../database/retention-rule.ts'
import { uuidV7 } from '../database/uuid-v7.ts'

/**
 * The most ids in one row; more ids make more rows.
 * @public
 */
export const maxIdsInEntry = 1000
/** Clients choose the names of operations. */
const maxOperationName = 128

/** One row of the audit trail: who did what to which subjects, and the outcome. Names, ids and codes, never values. */
export interface AuditEntry {
  /** Made here, so that a batch whose response was lost can be written again without doubling. */
  id: string
  occurredAt: string
  requestId: string
  principalKind: string
  principalId: string | null
  operation: string | null
  action: string
  outcome: AuditOutcome
  subjectType: string | null
  subjectIds: readonly string[]
  fields: readonly string[]
  codes: readonly string[]
}

/** The request and the viewer behind an action. */
export interface Circumstances {
  requestId: string
  viewer: Viewer
  operation: string | undefined
}

/** The rows for one action: one, unless it has more subjects than a row holds. */
export function auditEntries({ requestId, viewer, operation }: Circumstances, action: AuditAction): AuditEntry[] {
  const now = Date.now()
  const ids = [...(action.subjectIds ?? [])]
  const rows = Math.max(1, Math.ceil(ids.length / maxIdsInEntry))
  return Array.from({ length: rows }, (_, row) => ({
    id: uuidV7(now),
    occurredAt: new Date(now).toISOString(),
    requestId,
    principalKind: viewer.kind,
    principalId: viewer.id ?? null,
    operation: operation?.slice(0, maxOperationName) ?? null,
    action: action.action,
    outcome: action.outcome,
    subjectType: action.subjectType ?? null,
    subjectIds: ids.slice(row * maxIdsInEntry, (row + 1) * maxIdsInEntry),
    fields: [...(action.fields ?? [])].slice(0, maxIdsInEntry),
    codes: [...new Set(action.codes)].slice(0, maxIdsInEntry),
  }))
}

/** One INSERT for any number of entries. */
export function insertEntries(entries: readonly AuditEntry[]): Prisma.Sql {
  return Prisma.sql`
    insert into platform.pf_audit (uid, occurred_ts, req_id, prin_kind, prin_id, op_nm, action_nm, outcome_cd, subj_type,
      subj_ids, field_nms, code_nms)
    select e.id, e."occurredAt", e."requestId", e."principalKind", e."principalId", e.operation, e.action,
      e.outcome::platform.pf_outcome_t, e."subjectType", e."subjectIds", e.fields, e.codes
    from jsonb_to_recordset(${JSON.stringify(entries)}::jsonb) as e(id uuid, "occurredAt" timestamptz, "requestId" text,
      "principalKind" text, "principalId" text, operation text, action text, outcome text, "subjectType" text,
      "subjectIds" text[], fields text[], codes text[])
    on conflict do nothing`
}

/** The database refuses to delete entries of the last year. */
export function keptEntries(days: number): KeptRows {
  return {
    name: 'audit trail',
    keep: `${days} days`,
    table: 'platform.pf_audit',
    isOver: Prisma.sql`occurred_ts < now() - make_interval(days => ${days}::int)`,
  }
}
