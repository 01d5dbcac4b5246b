import { useEffect, useEffectEvent } from 'react'

/** Runs a function at an interval and when the page becomes visible, but not while it is hidden. */
export function useWhileSeen(seconds: number, act: () => void): void {
  const latest = useEffectEvent(act)
  useEffect(() => {
    const actIfSeen = () => document.visibilityState === 'visible' && latest()
    const timer = setInterval(actIfSeen, seconds * 1000)
    window.addEventListener('focus', actIfSeen)
    return () => {
      clearInterval(timer)
      window.removeEventListener('focus', actIfSeen)
    }
  }, [seconds])
}
