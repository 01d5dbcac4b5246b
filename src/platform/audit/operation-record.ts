import { encodeId } from '../graphql/ids.ts'
import type { AuditAction, Circumstances } from './audit-entry.ts'
import { type AuditEntry, auditEntries } from './audit-entry.ts'

/** What of a type was read, or asked for and denied. */
interface Reading {
  subjectType: string | undefined
  /** UUIDs of rows. */
  rows: Set<string>
  /** Public ids. */
  ids: Set<string>
  fields: Set<string>
}

/** The trail of the trail's own readers is no burst of personal data. */
const auditSubject = 'AuditEvent'

/**
 * What one operation did that the trail is to tell, gathered while it runs: reads by the type of their subject, so that
 * a page of a thousand fields makes one row.
 */
export class OperationRecord {
  readonly #reads = new Map<string, Reading>()
  readonly #denials = new Map<string, Reading & { code: string }>()
  readonly #deeds: AuditAction[] = []

  /** A tagged field gave a value of this row. Called for each such field of each row, so it does next to nothing. */
  read(subjectType: string | undefined, row: string | undefined, field: string): void {
    let reading = this.#reads.get(subjectType ?? '')
    if (!reading) {
      reading = newReading(subjectType)
      this.#reads.set(subjectType ?? '', reading)
    }
    if (row !== undefined) reading.rows.add(row)
    reading.fields.add(field)
  }

  /** A field was denied. */
  denied(subject: { type: string | undefined; row?: string | undefined; ids?: string[] }, field: string, code: string) {
    const key = `${subject.type ?? ''} ${code}`
    const denial = this.#denials.get(key) ?? { ...newReading(subject.type), code }
    this.#denials.set(key, denial)
    if (subject.row !== undefined) denial.rows.add(subject.row)
    for (const id of subject.ids ?? []) denial.ids.add(id)
    denial.fields.add(field)
  }

  /** A mutation came to anything but being done, which its own transaction writes. */
  mutation(deed: AuditAction): void {
    this.#deeds.push(deed)
  }

  get hasDenials(): boolean {
    return this.#denials.size > 0 || this.#deeds.some(({ outcome }) => outcome === 'DENIED')
  }

  /** How many rows personal values were read of. */
  get personalSubjects(): number {
    let count = 0
    for (const { subjectType, rows } of this.#reads.values()) if (subjectType !== auditSubject) count += rows.size
    return count
  }

  entries(circumstances: Circumstances): AuditEntry[] {
    const reads = [...this.#reads.values()].map((reading) => deedOf(reading, 'DONE', []))
    const denials = [...this.#denials.values()].map((denial) => deedOf(denial, 'DENIED', [denial.code]))
    return [...this.#deeds, ...reads, ...denials].flatMap((deed) => auditEntries(circumstances, deed))
  }
}

function newReading(subjectType: string | undefined): Reading {
  return { subjectType, rows: new Set(), ids: new Set(), fields: new Set() }
}

function deedOf(
  { subjectType, rows, ids, fields }: Reading,
  outcome: AuditAction['outcome'],
  codes: string[],
): AuditAction {
  const ofRows = subjectType === undefined ? [] : [...rows].map((row) => encodeId(subjectType, row))
  return {
    action: 'read',
    outcome,
    subjectType,
    subjectIds: new Set([...ofRows, ...ids]),
    fields: [...fields].sort(),
    codes,
  }
}
