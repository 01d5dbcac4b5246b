import { useEffect } from 'react'
import type { CombinedError } from 'urql'
import { useLocation, useSearch } from 'wouter'
import { type Failure, failureOf } from '../api/failure.ts'
import { endSession } from '../sign-in/session.ts'
import { useCountdown } from './use-countdown.ts'

type Props = {
  error: CombinedError
  retry: () => void
  /** A further sentence where the outcome is unknown. */
  note?: string
}

/** Why there is no response, and what people can do. */
export function FailureNotice({ error, retry, note }: Props) {
  const failure = failureOf(error)
  const wait = useCountdown(failure.kind === 'wait' ? failure.seconds : 0, error)
  if (failure.kind === 'signed-out') return <SignedOut />
  return (
    <div className="notice notice-bad" role="alert" tabIndex={-1}>
      <p>
        {textOf(failure)} {(failure.kind === 'offline' || failure.kind === 'broken') && note}
      </p>
      {failure.kind !== 'forbidden' && (
        <button type="button" className="button" onClick={retry} disabled={wait > 0}>
          {wait > 0 ? `Try again in ${wait} s` : 'Try again'}
        </button>
      )}
    </div>
  )
}

/** The token has expired or was revoked: the viewer signs in again, and returns here. */
function SignedOut() {
  const [path, navigate] = useLocation()
  const search = useSearch()
  useEffect(() => {
    endSession()
    navigate(`/sign-in?ended=true&next=${encodeURIComponent(search ? `${path}?${search}` : path)}`, { replace: true })
  }, [navigate, path, search])
  return null
}

function textOf(failure: Exclude<Failure, { kind: 'signed-out' }>): string {
  switch (failure.kind) {
    case 'offline':
      return 'The shop cannot be reached. Check your connection, then try again.'
    case 'forbidden':
      return 'You may not see or do this. Sign in as somebody who may.'
    case 'wait':
      return 'The shop is busy with your last requests.'
    case 'broken':
      return `Something went wrong on our side.${failure.requestId ? ` If you ask us about it, name ${failure.requestId}.` : ''}`
  }
}
