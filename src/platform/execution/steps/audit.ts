import type { AuditTrail } from '../../audit/audit-trail.ts'
import type { Suspicion } from '../../audit/suspicion.ts'
import type { Viewer } from '../../auth/viewer.ts'
import type { Metrics } from '../../observability/metrics.ts'
import { currentScope, type RequestScope } from '../request-scope.ts'
import type { Step } from '../step.ts'

interface Parts {
  trail: AuditTrail
  suspicion: Suspicion
  metrics: Metrics
}

/** The response does not wait for the audit trail to be written. */
export function audit({ trail, suspicion, metrics }: Parts): Step {
  function record({ audit, request, operation }: RequestScope, viewer: Viewer): void {
    const { requestId, address } = request
    for (const entry of audit.entries({ requestId, viewer, operation: operation?.name?.value })) trail.record(entry)
    const suspect = { viewer, address, requestId }
    suspicion.count('personal_reads', audit.personalSubjects, suspect)
    if (!audit.hasDenials) return
    metrics.denials.inc()
    suspicion.count('denials', 1, suspect)
  }

  return {
    name: 'audit',
    about: 'Passes what the operation read, was denied and changed to the audit trail, and counts bursts.',
    general: [
      {
        onExecute: ({ args: { contextValue } }) => ({
          onExecuteDone() {
            record(currentScope(), contextValue.viewer)
          },
        }),
        onSubscribe: ({ args: { contextValue } }) => ({
          onSubscribeResult() {
            record(currentScope(), contextValue.viewer)
          },
        }),
      },
    ],
    fast: {
      onResponse: ({ scope, viewer }) => record(scope, viewer),
    },
  }
}
