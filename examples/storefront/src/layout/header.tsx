import type { ReactNode } from 'react'
import { Link, useRoute } from 'wouter'
import { countOf, useBasket } from '../basket/basket.ts'
import { endSession, may, useSession } from '../sign-in/session.ts'
import { tell } from './announcer.tsx'

export function Header() {
  const session = useSession()
  const isStaff = session?.viewer.kind === 'staff'
  return (
    <header className="header">
      <div className="header-inner">
        <Link href="/" className="brand">
          Northwind <span>Fine Foods</span>
        </Link>
        <nav aria-label="Shop">
          <NavLink href="/">Products</NavLink>
          {may(session, 'orders:write') && <NavLink href="/staff/orders">Orders to ship</NavLink>}
          {may(session, 'catalog:write') && <NavLink href="/staff/products/new">New product</NavLink>}
          {session && <NavLink href="/orders">{isStaff ? 'All orders' : 'My orders'}</NavLink>}
          {!isStaff && <BasketLink />}
        </nav>
        <SignedIn />
      </div>
    </header>
  )
}

function NavLink({ href, children }: { href: string; children: ReactNode }) {
  const [isHere] = useRoute(href)
  return (
    <Link
      href={href}
      className={isHere ? 'nav-link nav-link-here' : 'nav-link'}
      aria-current={isHere ? 'page' : undefined}
    >
      {children}
    </Link>
  )
}

function BasketLink() {
  const count = countOf(useBasket())
  return <NavLink href="/basket">Basket {count > 0 && <span className="badge">{count}</span>}</NavLink>
}

function SignedIn() {
  const session = useSession()
  if (!session)
    return (
      <Link href="/sign-in" className="button button-quiet">
        Sign in
      </Link>
    )
  const leave = () => {
    endSession()
    tell('You are signed out.')
  }
  return (
    <div className="signed-in">
      <span className="signed-in-name">{session.viewer.name}</span>
      {session.viewer.kind === 'customer' && <NavLink href="/my-data">My data</NavLink>}
      <button type="button" className="button button-quiet" onClick={leave}>
        Sign out
      </button>
    </div>
  )
}
