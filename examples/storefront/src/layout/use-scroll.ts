import { useEffect, useRef } from 'react'
import { useLocation } from 'wouter'

/** A new page begins at its top; going back leads to where one was. */
export function useScroll(): void {
  const [path] = useLocation()
  const left = useRef(new Map<string, number>())
  const goesBack = useRef(false)
  useEffect(() => {
    window.history.scrollRestoration = 'manual'
    const onScroll = () => left.current.set(window.location.pathname, window.scrollY)
    const onBack = () => {
      goesBack.current = true
    }
    window.addEventListener('scroll', onScroll, { passive: true })
    window.addEventListener('popstate', onBack)
    return () => {
      window.removeEventListener('scroll', onScroll)
      window.removeEventListener('popstate', onBack)
    }
  }, [])
  // biome-ignore lint/correctness/useExhaustiveDependencies: the path is what it follows; the window knows it by its own.
  useEffect(() => {
    const top = goesBack.current ? (left.current.get(window.location.pathname) ?? 0) : 0
    goesBack.current = false
    window.scrollTo({ top, behavior: 'instant' })
  }, [path])
}
