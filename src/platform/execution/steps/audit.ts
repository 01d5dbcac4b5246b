import { getOperationAST } from 'graphql'
import type { Plugin } from 'graphql-yoga'
import type { AuditTrail } from '../../audit/audit-trail.ts'
import type { Suspicion } from '../../audit/suspicion.ts'
import type { Viewer } from '../../auth/viewer.ts'
import type { Context } from '../../context.ts'
import type { Metrics } from '../../observability/metrics.ts'
import { type RequestScope, requestScope } from '../request-scope.ts'

export interface AuditParts {
  audit: AuditTrail
  suspicion: Suspicion
  metrics: Metrics
}

/** Hands what an operation noted to the trail when it is over; the answer does not wait for it to be written. */
export function recordOperation(
  { audit, suspicion, metrics }: AuditParts,
  { notes, address, requestId }: RequestScope,
  viewer: Viewer,
  operation: string | undefined,
): void {
  for (const entry of notes.entries({ requestId, viewer, operation })) audit.record(entry)
  const suspect = { viewer, address, requestId }
  suspicion.count('personal_reads', notes.personalSubjects, suspect)
  if (!notes.hasDenials) return
  metrics.denials.inc()
  suspicion.count('denials', 1, suspect)
}

export function useAuditTrail(parts: AuditParts): Plugin<Context> {
  return {
    onExecute({ args: { document, operationName, contextValue } }) {
      return {
        onExecuteDone() {
          const scope = requestScope.getStore()
          const operation = getOperationAST(document, operationName)?.name?.value
          if (scope) recordOperation(parts, scope, contextValue.viewer, operation)
        },
      }
    },
  }
}
