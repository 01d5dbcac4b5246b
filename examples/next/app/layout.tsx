import type { Metadata } from 'next'
import Link from 'next/link'
import { readSession } from '../api/session.ts'
import { signOut } from './sign-in/sign-in.ts'
import './style.css'

export const metadata: Metadata = { title: 'Products', icons: 'data:,' }

export default async function Layout({ children }: LayoutProps<'/'>) {
  const { token } = await readSession()
  return (
    <html lang="en">
      <body>
        <header>
          <Link href="/">Products</Link>
          {token === undefined ? (
            <Link href="/sign-in">Sign in</Link>
          ) : (
            <form action={signOut}>
              <button type="submit">Sign out</button>
            </form>
          )}
        </header>
        <main>{children}</main>
      </body>
    </html>
  )
}
