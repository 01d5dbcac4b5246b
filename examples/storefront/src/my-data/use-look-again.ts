import { useEffect, useEffectEvent } from 'react'
import { type FragmentType, graphql, readFragment } from '../gql/index.ts'

const LookAgainRequest = graphql(`
  fragment LookAgainRequest on PersonRequest {
    state
    beginsAt
    url
  }
`)

type Requests = readonly (FragmentType<typeof LookAgainRequest> | undefined)[]

const jobMs = 2000
/** A link is good for 15 minutes. */
const linkMs = 10 * 60_000

/** Asks again while a job works on a request, and before the link to an archive expires; not while the page is hidden. */
export function useLookAgain(requests: Requests, ask: () => void): void {
  const everyMs = intervalOf(requests)
  const askIfSeen = useEffectEvent(() => document.visibilityState === 'visible' && ask())
  useEffect(() => {
    if (everyMs === undefined) return
    const timer = setInterval(() => askIfSeen(), everyMs)
    document.addEventListener('visibilitychange', askIfSeen)
    return () => {
      clearInterval(timer)
      document.removeEventListener('visibilitychange', askIfSeen)
    }
  }, [everyMs])
}

function intervalOf(masked: Requests): number | undefined {
  const requests = masked.flatMap((request) => (request ? [readFragment(LookAgainRequest, request)] : []))
  if (requests.some(isAtWork)) return jobMs
  return requests.some(({ url }) => url) ? linkMs : undefined
}

function isAtWork({ state, beginsAt }: { state: string; beginsAt: string }): boolean {
  return state === 'RUNNING' || (state === 'SCHEDULED' && new Date(beginsAt).getTime() <= Date.now())
}
