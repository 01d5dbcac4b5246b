import { type RefObject, useEffect, useEffectEvent, useRef } from 'react'

/** Loads the next page when the end of this one comes near. */
export function useWhenNear(onNear: () => void, isWanted: boolean): RefObject<HTMLDivElement | null> {
  const end = useRef<HTMLDivElement>(null)
  const near = useEffectEvent(onNear)
  useEffect(() => {
    if (!isWanted || !end.current) return
    const observer = new IntersectionObserver(([entry]) => entry?.isIntersecting && near(), {
      rootMargin: '300px',
    })
    observer.observe(end.current)
    return () => observer.disconnect()
  }, [isWanted])
  return end
}
