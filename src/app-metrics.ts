import { setTimeout as pause } from 'node:timers/promises'
import type { AuditTrail } from './platform/audit/audit-trail.ts'
import type { Database } from './platform/database/client.ts'
import type { ReadinessCheck } from './platform/database/readiness.ts'
import type { Metrics } from './platform/observability/metrics.ts'

interface MeasuredParts {
  version: string
  database: Database
  audit: AuditTrail
  notReady: ReadinessCheck
}

/** A pool without a free connection must not hold up the metrics that tell of it. */
const readyWithinMs = 1000

/** Metrics of parts that exist once, each looked up when Prometheus reads it. */
export function measure(metrics: Metrics, { version, database, audit, notReady }: MeasuredParts): void {
  metrics.build.set({ version, node: process.versions.node }, 1)
  metrics.ready.from(async (gauge) => {
    const unready = await Promise.race([notReady(), pause(readyWithinMs, 'too late' as const, { ref: false })])
    gauge.set(unready ? 0 : 1)
  })
  metrics.auditWaiting.from((gauge) => gauge.set(audit.waiting))
  metrics.databaseConnections.from((gauge) => {
    for (const { server, pool, busy, idle } of database.pools) {
      gauge.set({ server, pool, state: 'busy' }, busy)
      gauge.set({ server, pool, state: 'idle' }, idle)
    }
  })
  metrics.databaseConnectionsMost.from((gauge) => {
    for (const { server, pool, most } of database.pools) gauge.set({ server, pool }, most)
  })
  metrics.databaseWaiting.from((gauge) => {
    for (const { server, pool, waiting } of database.pools) gauge.set({ server, pool }, waiting)
  })
}
