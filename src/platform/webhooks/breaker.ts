import { z } from 'zod'
import type { Transaction } from '../database/transaction.ts'

/** After this many failures in a row, nothing is sent for a pause. Then one attempt at a time goes out, until one succeeds. */
const tolerated = 5
const longestPauseMs = 300_000
/** How many messages are under way to one receiver. */
const parallel = 10

interface Endpoint {
  id: string
  failures: number
}

/** How many attempts may be under way. */
export function parallelFor({ failures }: Endpoint): number {
  return failures >= tolerated ? 1 : parallel
}

export async function recordSuccess(tx: Transaction, { id }: Endpoint): Promise<void> {
  await tx.$executeRaw`
    update platform.pf_webhook set failures_nr = 0, paused_until_ts = null
    where uid = ${id}::uuid and failures_nr > 0`
}

interface Failure {
  durationMs: number
  /** The first pause, which doubles with each further failure. */
  firstPauseMs: number
  /** What the receiver asked to wait. */
  askedMs: number
}

const found = z.array(z.object({ failures: z.number(), isPaused: z.boolean() })).max(1)

/** An attempt that began before a pause does not lengthen it. */
export async function recordFailure(
  tx: Transaction,
  { id }: Endpoint,
  { durationMs, firstPauseMs, askedMs }: Failure,
): Promise<void> {
  const [webhook] = found.parse(
    await tx.$queryRaw`
      select failures_nr as "failures",
             coalesce(paused_until_ts > now() - ${durationMs}::float8 * interval '1 millisecond', false) as "isPaused"
      from platform.pf_webhook where uid = ${id}::uuid for no key update`,
  )
  if (!webhook || webhook.isPaused) return
  const failures = webhook.failures + 1
  const pauseMs = Math.max(askedMs, failures < tolerated ? 0 : pauseAfter(failures - tolerated, firstPauseMs))
  await tx.$executeRaw`
    update platform.pf_webhook
    set failures_nr = ${failures},
        paused_until_ts = ${pauseMs === 0 ? null : pauseMs}::float8 * interval '1 millisecond' + now()
    where uid = ${id}::uuid`
}

function pauseAfter(pauses: number, firstPauseMs: number): number {
  return Math.min(longestPauseMs, firstPauseMs * 2 ** pauses) * (0.5 + Math.random() / 2)
}
