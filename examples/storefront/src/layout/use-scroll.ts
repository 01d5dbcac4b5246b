import { useEffect, useRef } from 'react'
import { useLocation } from 'wouter'

/**
 * A new page begins at its top; going back restores the position. Browsers without the Navigation API begin at the top.
 */
export function useScroll(): void {
  const [path] = useLocation()
  const left = useRef(new Map<string, number>())
  useEffect(() => {
    window.history.scrollRestoration = 'manual'
    const onScroll = () => left.current.set(entry(), window.scrollY)
    window.addEventListener('scroll', onScroll, { passive: true })
    return () => window.removeEventListener('scroll', onScroll)
  }, [])
  // biome-ignore lint/correctness/useExhaustiveDependencies: it follows the path; the browser knows which entry that is.
  useEffect(() => {
    window.scrollTo({ top: left.current.get(entry()) ?? 0, behavior: 'instant' })
  }, [path])
}

/** The current entry of the history: a link makes a new one, going back finds the old one. */
function entry(): string {
  return 'navigation' in window ? (window.navigation.currentEntry?.key ?? '') : ''
}
