import { setTimeout as pause } from 'node:timers/promises'
import type { Account } from './rate-limit.ts'

/** Takes points, at most as many as the account can have; or returns in how many seconds, at least one, it has them. */
export async function secondsToPay(account: Account, points: number): Promise<number | undefined> {
  const { granted, retryAfterSeconds } = await account.take(Math.min(points, account.allowance.capacity))
  return granted ? undefined : Math.max(1, retryAfterSeconds)
}

/** Takes points once the account has them. Throws when the signal is aborted. */
export async function pay(account: Account, points: number, signal?: AbortSignal): Promise<undefined> {
  for (;;) {
    const seconds = await secondsToPay(account, points)
    if (seconds === undefined) return
    await pause(seconds * 1000, undefined, { signal })
  }
}
