import type { ExecutionResult, GraphQLError } from 'graphql'
import { anonymous, type Viewer } from '../../auth/viewer.ts'
import type { Context } from '../../context.ts'
import { codeOf } from '../../errors.ts'
import type { CredentialGuard } from '../../limits/credential-guard.ts'
import { type Account, Charge, leastCharge, type RateLimit, rateLimited } from '../../limits/rate-limit.ts'
import type { Taken } from '../../limits/token-bucket.ts'
import type { Metrics } from '../../observability/metrics.ts'
import type { ErrorMask } from '../error-mask.ts'
import { currentScope, type RequestScope } from '../request-scope.ts'
import type { FastOperation, HandOver, Step } from '../step.ts'

interface Parts {
  limit: RateLimit
  guard: CredentialGuard
  metrics: Metrics
  mask: ErrorMask
}

/**
 * Charges each operation to its principal before it runs, and returns what its response did not need. A request that is
 * refused earlier costs its sender one point, and a principal with an empty bucket is refused before the document is read.
 */
export function rateLimit({ limit, guard, metrics, mask }: Parts): Step {
  const charges = new WeakMap<RequestScope, Charge>()

  function record(scope: RequestScope, charge: Charge): void {
    charges.set(scope, charge)
    scope.responseHeaders = () => charge.headers
    if (!charge.taken.granted) metrics.rateLimited.inc({ limit: 'cost' })
  }

  /** The sender's account as far as the sender is known: an unknown credential is charged to its address. */
  async function accountOf({ viewer, request: { headers, address } }: RequestScope): Promise<Account> {
    return limit.accountOf(viewer ?? (await knownViewer(headers.get('authorization'))), address)
  }

  /** A credential that was accepted before may have ended since. */
  async function knownViewer(authorization: string | null): Promise<Viewer> {
    if (authorization === null) return anonymous
    try {
      return (await guard.knownViewer(authorization)) ?? anonymous
    } catch {
      return anonymous
    }
  }

  function charge({ scope, viewer, request }: FastOperation): HandOver | undefined | Promise<HandOver | undefined> {
    const account = limit.accountOf(viewer, request.address)
    if (limit.isAnyDrained && account.refusal()) return 'hand over'
    const points = pointsOf(scope)
    const settle = (taken: Taken): HandOver | undefined => {
      if (!taken.granted) return 'hand over'
      record(scope, new Charge(account, points, taken))
    }
    const taken = account.take(points)
    return taken instanceof Promise ? taken.then(settle) : settle(taken)
  }

  interface Before {
    args: { contextValue: Context }
    setResultAndStopExecution: (result: ExecutionResult) => void
  }

  function take({ args: { contextValue }, setResultAndStopExecution }: Before, points: number): void | Promise<void> {
    const scope = currentScope()
    const account = limit.accountOf(contextValue.viewer, scope.request.address)
    const settle = (taken: Taken) => {
      const charge = new Charge(account, points, taken)
      record(scope, charge)
      if (!taken.granted) setResultAndStopExecution({ errors: [refusal(charge)] })
    }
    const taken = account.take(points)
    return taken instanceof Promise ? taken.then(settle) : settle(taken)
  }

  return {
    name: 'rate limit',
    about: 'Takes the cost from the bucket of the principal, and puts back what the response did not need.',
    general: [
      {
        async onParams({ setResult }) {
          const scope = currentScope()
          const { request } = scope
          if (!limit.isAnyDrained || !(await accountOf(scope)).refusal()) return
          // A viewer with a good credential does not pay for others at the same address. A bad credential throws here.
          const viewer = scope.viewer ?? (await guard.viewer(request.headers.get('authorization'), request.address))
          const account = limit.accountOf(viewer, request.address)
          const refused = account.refusal()
          if (!refused) return
          const charge = new Charge(account, leastCharge, refused)
          record(scope, charge)
          setResult({ errors: [refusal(charge)] })
        },
        onExecute: (before) => take(before, pointsOf(currentScope())),
        // The events of the stream pay for themselves.
        onSubscribe: (before) => take(before, leastCharge),
        onExecutionResult({ result }) {
          const scope = currentScope()
          const charge = charges.get(scope)
          if (!charge || !result || !('data' in result || 'errors' in result)) return
          charge.giveBackUnused(scope.actualCost ?? 0)
          result.extensions = withThrottle(result.extensions, charge)
        },
        async onResultProcess({ result, setResult }) {
          const scope = currentScope()
          if (Array.isArray(result) || !('errors' in result) || charges.has(scope)) return
          // As on the fast path: what the server has no time for costs its sender nothing.
          if (scope.isTooCostly) return
          const account = await accountOf(scope)
          const charge = new Charge(account, leastCharge, await account.take(leastCharge))
          record(scope, charge)
          const isRefused = !charge.taken.granted && !isAboutCredential(result.errors)
          if (isRefused) setResult({ errors: [mask(refusal(charge))] })
        },
      },
    ],
    fast: {
      onOperation: charge,
      onResponse({ scope }, response) {
        const charge = charges.get(scope)
        if (!charge) return
        charge.giveBackUnused(scope.actualCost ?? 0)
        response.extensions = withThrottle(response.extensions, charge)
      },
      onHandOver({ scope }) {
        charges.get(scope)?.giveBackAll()
        charges.delete(scope)
        scope.responseHeaders = undefined
      },
    },
  }
}

function pointsOf({ cost = 0 }: RequestScope): number {
  return Math.max(leastCharge, cost)
}

function withThrottle<Extensions extends { cost?: unknown }>(extensions: Extensions | undefined, charge: Charge) {
  const cost = extensions?.cost
  if (typeof cost !== 'object') return extensions
  return { ...extensions, cost: { ...cost, throttle: charge.throttle } }
}

/** These errors say more than that the bucket is empty: to wait would not help. */
function isAboutCredential(errors: readonly GraphQLError[] = []): boolean {
  return errors.some((error) => codeOf(error) === 'UNAUTHENTICATED' || codeOf(error) === 'RATE_LIMITED')
}

function refusal({ throttle, taken: { retryAfterSeconds } }: Charge): GraphQLError {
  const message = `Too much was asked in a short time; try again in ${retryAfterSeconds} s.`
  return rateLimited(message, retryAfterSeconds, throttle)
}
