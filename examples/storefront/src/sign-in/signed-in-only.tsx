import type { ReactNode } from 'react'
import { Redirect, useLocation } from 'wouter'
import { Page } from '../layout/page.tsx'
import { type Session, useSession } from './session.ts'

type Props = { kind?: Session['viewer']['kind']; scope?: string; children: ReactNode }

/**
 * Sends anonymous viewers to the sign-in, and tells others which permission they lack. The API decides; this saves the
 * attempt.
 */
export function SignedInOnly({ kind, scope, children }: Props) {
  const session = useSession()
  const [path] = useLocation()
  if (!session) return <Redirect href={`/sign-in?next=${encodeURIComponent(path)}`} replace />
  const isWelcome = (!kind || session.viewer.kind === kind) && (!scope || session.viewer.scopes.includes(scope))
  if (isWelcome) return children
  return (
    <Page title="Not for you">
      <p>
        {kind === 'customer'
          ? 'Only customers can do this.'
          : 'Only members of staff who have the right to may do this.'}
      </p>
    </Page>
  )
}
