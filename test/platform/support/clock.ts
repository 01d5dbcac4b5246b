import { vi } from 'vitest'

/** Time stands still, for the server too, until it is told to go on. Timers run as ever. */
export function stopClock(): { advance: (seconds: number) => void } & Disposable {
  vi.useFakeTimers({ toFake: ['Date'] })
  return {
    advance: (seconds) => void vi.setSystemTime(Date.now() + seconds * 1000),
    [Symbol.dispose]: () => void vi.useRealTimers(),
  }
}
