import { getOperationAST } from 'graphql'
import type { Plugin } from 'graphql-yoga'
import type { Context } from '../context.ts'
import type { Metrics } from '../observability/metrics.ts'
import { requestScope } from '../request-scope.ts'
import type { AuditTrail } from './audit-trail.ts'
import type { Suspicion } from './suspicion.ts'

interface AuditParts {
  audit: AuditTrail
  suspicion: Suspicion
  metrics: Metrics
}

/** Hands what an operation noted to the trail when it is over; the answer does not wait for it to be written. */
export function useAuditTrail({ audit, suspicion, metrics }: AuditParts): Plugin<Context> {
  return {
    onExecute({ args }) {
      return {
        onExecuteDone() {
          const scope = requestScope.getStore()
          if (!scope) return
          const { notes, address } = scope
          const { viewer, requestId } = args.contextValue
          const operation = getOperationAST(args.document, args.operationName)?.name?.value
          for (const entry of notes.entries({ requestId, viewer, operation })) audit.record(entry)
          const suspect = { viewer, address, requestId }
          suspicion.count('personal_reads', notes.personalSubjects, suspect)
          if (!notes.hasDenials) return
          metrics.denials.inc()
          suspicion.count('denials', 1, suspect)
        },
      }
    },
  }
}
