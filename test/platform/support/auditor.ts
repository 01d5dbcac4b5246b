import { z } from 'zod'
import { type Answer, dataOf, type World } from '../../support/world.ts'
import { asClaims } from './as-claims.ts'

export const event = z.object({
  id: z.string(),
  occurredAt: z.iso.datetime(),
  requestId: z.string(),
  principalKind: z.string(),
  principalId: z.string().nullable(),
  operation: z.string().nullable(),
  action: z.string(),
  outcome: z.enum(['DONE', 'REPLAYED', 'REFUSED', 'DENIED', 'FAILED']),
  subjectType: z.string().nullable(),
  subjectIds: z.array(z.string()),
  fields: z.array(z.string()),
  codes: z.array(z.string()),
})

export const wholeEvent = Object.keys(event.shape).join(' ')

const page = z.object({
  auditEvents: z.object({ totalCount: z.number(), edges: z.array(z.object({ node: event })) }),
})

/** Staff who read the audit trail, and nothing else. */
export function auditor(world: World) {
  return asClaims(world, { sub: 'staff-auditor', kind: 'staff', scope: 'audit:read' })
}

/** The audit events, newest first, once every waiting entry is written. */
export async function trail(world: World, filter: object = {}) {
  await world.audit.flush()
  const answered: Answer = await auditor(world).query(
    `query Trail($filter: AuditEventFilter) { auditEvents(first: 100, filter: $filter) { totalCount edges { node { ${wholeEvent} } } } }`,
    { filter },
  )
  return dataOf(answered, page).auditEvents.edges.map(({ node }) => node)
}
