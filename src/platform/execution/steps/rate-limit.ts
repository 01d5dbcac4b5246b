import type { GraphQLError } from 'graphql'
import type { Plugin } from 'graphql-yoga'
import { anonymous, type Viewer } from '../../auth/viewer.ts'
import type { Context } from '../../context.ts'
import { codeOf } from '../../errors.ts'
import type { CredentialGuard } from '../../limits/credential-guard.ts'
import { type Account, Charge, leastCharge, type RateLimit, rateLimited } from '../../limits/rate-limit.ts'
import type { Taken } from '../../limits/token-bucket.ts'
import type { Metrics } from '../../observability/metrics.ts'
import { requestScope } from '../request-scope.ts'

interface Parts {
  limit: RateLimit
  guard: CredentialGuard
  metrics: Metrics
  mask: (error: unknown) => GraphQLError
}

/**
 * Charges each operation to its principal before it runs, and gives back what its answer did not need. What is refused
 * earlier costs one point of whoever it can be told to come from; a principal without a point is refused unread.
 */
export function useRateLimit({ limit, guard, metrics, mask }: Parts): Plugin<Context> {
  const charges = new WeakMap<Request, Charge>()

  function note(request: Request, charge: Charge): void {
    charges.set(request, charge)
    const scope = requestScope.getStore()
    if (scope) scope.answerHeaders = () => charge.headers
    if (!charge.taken.granted) metrics.rateLimited.inc({ limit: 'cost' })
  }

  /** Whose a request is as far as that is known: an unknown credential is still its address's. */
  async function accountOf({ headers }: Request): Promise<Account> {
    const authorization = headers.get('authorization')
    const isKnown = authorization !== null && guard.isKnown(authorization)
    return limit.accountOf(isKnown ? await viewerOf(authorization) : anonymous, address())
  }

  /** A credential that was good may have ended meanwhile. */
  async function viewerOf(authorization: string): Promise<Viewer> {
    try {
      return await guard.viewer(authorization, address())
    } catch {
      return anonymous
    }
  }

  return {
    async onParams({ request, setResult }) {
      if (!limit.isAnyDrained || !(await accountOf(request)).refusedUnasked()) return
      // Somebody whose credential is good does not pay for others at their address. One that is not ends here.
      const viewer = await guard.viewer(request.headers.get('authorization'), address())
      const account = limit.accountOf(viewer, address())
      const refused = account.refusedUnasked()
      if (!refused) return
      const charge = new Charge(account, leastCharge, refused)
      note(request, charge)
      setResult({ errors: [refusal(charge)] })
    },
    onExecute({ args: { contextValue }, setResultAndStopExecution }) {
      const { request, viewer } = contextValue
      const account = limit.accountOf(viewer, address())
      const points = Math.max(leastCharge, requestScope.getStore()?.cost ?? 0)
      const settle = (taken: Taken) => {
        const charge = new Charge(account, points, taken)
        note(request, charge)
        if (!taken.granted) setResultAndStopExecution({ errors: [refusal(charge)] })
      }
      const taken = account.take(points)
      return taken instanceof Promise ? taken.then(settle) : settle(taken)
    },
    onExecutionResult({ request, result }) {
      const charge = charges.get(request)
      if (!charge || !result || !('data' in result || 'errors' in result)) return
      charge.giveBackUnused(requestScope.getStore()?.actualCost ?? 0)
      const cost: unknown = result.extensions?.cost
      if (typeof cost !== 'object') return
      result.extensions = { ...result.extensions, cost: { ...cost, throttle: charge.throttle } }
    },
    async onResultProcess({ request, result, setResult }) {
      if (Array.isArray(result) || !('errors' in result) || charges.has(request)) return
      const account = await accountOf(request)
      const charge = new Charge(account, leastCharge, await account.take(leastCharge))
      note(request, charge)
      if (!charge.taken.granted && !isAboutCredential(result.errors)) setResult({ errors: [mask(refusal(charge))] })
    },
  }
}

function address(): string {
  return requestScope.getStore()?.address ?? ''
}

/** It says more than that the bucket is empty: to wait would not help. */
function isAboutCredential(errors: readonly GraphQLError[] = []): boolean {
  return errors.some((error) => codeOf(error) === 'UNAUTHENTICATED' || codeOf(error) === 'RATE_LIMITED')
}

function refusal({ throttle, taken: { retryAfterSeconds } }: Charge): GraphQLError {
  const message = `Too much was asked in a short time; try again in ${retryAfterSeconds} s.`
  return rateLimited(message, retryAfterSeconds, throttle)
}
