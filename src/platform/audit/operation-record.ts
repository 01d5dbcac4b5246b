import type { AuditAction, DenialSubject, OperationAudit } from '../context.ts'
import { encodeId } from '../graphql/ids.ts'
import { type AuditEntry, auditEntries, type Circumstances } from './audit-entry.ts'

/** What an operation read of one type, or was denied. */
interface Access {
  subjectType: string | undefined
  /** The texts of the keys of rows. */
  rows: Set<string>
  /** Public ids. */
  ids: Set<string>
  fields: Set<string>
}

/** Reading the audit trail itself is no burst of personal data. */
const auditSubject = 'AuditEvent'

/** What one operation did, grouped by the type of the subject: a page of a thousand fields makes one audit entry. */
export class OperationRecord implements OperationAudit {
  readonly #reads = new Map<string, Access>()
  readonly #denials = new Map<string, Access & { code: string }>()
  readonly #mutations: AuditAction[] = []

  read(subjectType: string | undefined, row: string | undefined, field: string): void {
    let access = this.#reads.get(subjectType ?? '')
    if (!access) {
      access = newAccess(subjectType)
      this.#reads.set(subjectType ?? '', access)
    }
    if (row !== undefined) access.rows.add(row)
    access.fields.add(field)
  }

  denied({ type, row, ids = [] }: DenialSubject, field: string, code: string): void {
    const key = `${type ?? ''} ${code}`
    const denial = this.#denials.get(key) ?? { ...newAccess(type), code }
    this.#denials.set(key, denial)
    if (row !== undefined) denial.rows.add(row)
    for (const id of ids) denial.ids.add(id)
    denial.fields.add(field)
  }

  mutation(action: AuditAction): void {
    this.#mutations.push(action)
  }

  get hasDenials(): boolean {
    return this.#denials.size > 0 || this.#mutations.some(({ outcome }) => outcome === 'DENIED')
  }

  /** The number of rows whose personal values the operation read. */
  get personalSubjects(): number {
    let count = 0
    for (const { subjectType, rows } of this.#reads.values()) if (subjectType !== auditSubject) count += rows.size
    return count
  }

  entries(circumstances: Circumstances): AuditEntry[] {
    const reads = [...this.#reads.values()].map((access) => actionOf(access, 'DONE', []))
    const denials = [...this.#denials.values()].map((denial) => actionOf(denial, 'DENIED', [denial.code]))
    return [...this.#mutations, ...reads, ...denials].flatMap((action) => auditEntries(circumstances, action))
  }
}

function newAccess(subjectType: string | undefined): Access {
  return { subjectType, rows: new Set(), ids: new Set(), fields: new Set() }
}

function actionOf(
  { subjectType, rows, ids, fields }: Access,
  outcome: AuditAction['outcome'],
  codes: string[],
): AuditAction {
  const rowIds = subjectType === undefined ? [] : [...rows].map((row) => encodeId(subjectType, row))
  return {
    action: 'read',
    outcome,
    subjectType,
    subjectIds: new Set([...rowIds, ...ids]),
    fields: [...fields].sort(),
    codes,
  }
}
