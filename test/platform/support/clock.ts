import { vi } from 'vitest'

/** Stops time, for the server too, until it is moved on. Timers run as usual. */
export function stopClock(): { advance: (seconds: number) => void } & Disposable {
  vi.useFakeTimers({ toFake: ['Date'] })
  return {
    advance: (seconds) => void vi.setSystemTime(Date.now() + seconds * 1000),
    [Symbol.dispose]: () => void vi.useRealTimers(),
  }
}
