import { useState } from 'react'
import { useLocation, useSearchParams } from 'wouter'
import { tell } from '../layout/announcer.tsx'
import { Page } from '../layout/page.tsx'
import { SkeletonRows } from '../layout/skeleton.tsx'
import { useDemoViewers } from './demo-viewers.ts'
import './sign-in.css'
import { signIn } from './sign-in.ts'
import { TokenForm } from './token-form.tsx'
import { ViewerPicker } from './viewer-picker.tsx'

export function SignInPage() {
  const viewers = useDemoViewers()
  const [search] = useSearchParams()
  const [, navigate] = useLocation()
  const [fault, setFault] = useState<string>()
  const enter = async (token: string) => {
    const found = await signIn(token)
    setFault(found)
    if (found) return
    tell('You are signed in.')
    navigate(nextIn(search), { replace: true })
  }
  return (
    <Page title="Sign in" className="narrow">
      {search.has('ended') && <p className="notice">Your session has ended. Sign in again to go on where you were.</p>}
      {!viewers && <SkeletonRows count={3} />}
      {viewers && viewers.length > 0 && <ViewerPicker viewers={viewers} onPick={enter} fault={fault} />}
      {viewers?.length === 0 && <TokenForm onToken={enter} fault={fault} />}
    </Page>
  )
}

/** The page they wanted to open, if it is one of this shop. */
function nextIn(search: URLSearchParams): string {
  const next = search.get('next') ?? '/'
  return /^\/(?!\/)/.test(next) ? next : '/'
}
