import { useEffect, useEffectEvent } from 'react'

/** Does it every so many seconds, and when one comes back to the page; not while nobody sees it. */
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
