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

/** An attempt that began before a pause does not lengthen it. */
export async function recordFailure(
  tx: Transaction,
  { id }: Endpoint,
  { durationMs, firstPauseMs, askedMs }: Failure,
): Promise<void> {
  await tx.$executeRaw`
    update platform.pf_webhook
    set failures_nr = failures_nr + 1,
        paused_until_ts = now() + interval '1 millisecond' * greatest(
          ${askedMs}::float8,
          case when failures_nr + 1 >= ${tolerated}::int then
            least(${longestPauseMs}::float8, ${firstPauseMs}::float8 * 2 ^ least(failures_nr + 1 - ${tolerated}::int, 20))
            * (0.5 + random() / 2) else 0 end)
    where uid = ${id}::uuid
      and (paused_until_ts is null or paused_until_ts <= now() - ${durationMs}::float8 * interval '1 millisecond')`
}
