import { useEffect, useState } from 'react'

/** The seconds that remain; starts anew for another cause. */
export function useCountdown(seconds: number, cause: unknown): number {
  const [left, setLeft] = useState(seconds)
  // biome-ignore lint/correctness/useExhaustiveDependencies: two causes may say the same number of seconds.
  useEffect(() => setLeft(seconds), [seconds, cause])
  useEffect(() => {
    if (left <= 0) return
    const timer = setTimeout(() => setLeft(left - 1), 1000)
    return () => clearTimeout(timer)
  }, [left])
  return left
}
