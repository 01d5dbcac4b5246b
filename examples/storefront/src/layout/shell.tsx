import type { ReactNode } from 'react'
import { useLocation } from 'wouter'
import { Announcer } from './announcer.tsx'
import { ErrorBoundary } from './error-boundary.tsx'
import { Header } from './header.tsx'
import { useScroll } from './use-scroll.ts'

/** The frame around every page. */
export function Shell({ children }: { children: ReactNode }) {
  const [path] = useLocation()
  useScroll()
  return (
    <>
      <a className="skip-link" href="#main">
        Skip to the content
      </a>
      <Header />
      <main id="main" tabIndex={-1}>
        <ErrorBoundary key={path}>{children}</ErrorBoundary>
      </main>
      <footer className="footer">
        <p>Northwind Fine Foods. A shop to learn from: nothing here is for sale.</p>
      </footer>
      <Announcer />
    </>
  )
}
