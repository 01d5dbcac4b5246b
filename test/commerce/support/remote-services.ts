import { startCarrier } from '../../../examples/services/carrier.ts'
import { startReviews } from '../../../examples/services/reviews.ts'
import type { ServiceRequest } from '../../../examples/services/service.ts'
import { createWorld, type World } from '../../support/world.ts'

/** Longer than a busy machine takes. */
const patient = { CARRIER_TIMEOUT_MS: '20000', REVIEWS_TIMEOUT_MS: '20000', REMOTE_TIMEOUT_MS: '20000' }

type Hold = (request: ServiceRequest) => Promise<void>

/** The shop with both services beside it, and what they were asked. */
export async function shopWithServices(env: Record<string, string> = {}) {
  const asked = { carrier: [] as ServiceRequest[], reviews: [] as ServiceRequest[] }
  const carrier = await startCarrier({ onRequest: (request) => void asked.carrier.push(request) })
  let hold: Hold | undefined
  const reviews = await startReviews({
    onRequest: (request) => {
      asked.reviews.push(request)
      return hold?.(request)
    },
  })
  const world = await createWorld({ env: { CARRIER_URL: carrier.url, REVIEWS_URL: reviews.url, ...patient, ...env } })
  return {
    world,
    carrier,
    reviews,
    asked,
    /** The reviews wait for this with each answer. */
    holdReviews: (next: Hold | undefined) => {
      hold = next
    },
    /** What both were asked during a call. */
    askedDuring: async (call: () => Promise<unknown>) => {
      const before = { carrier: asked.carrier.length, reviews: asked.reviews.length }
      await call()
      return { carrier: asked.carrier.slice(before.carrier), reviews: asked.reviews.slice(before.reviews) }
    },
    close: async () => {
      await world.close()
      await Promise.all([carrier.close(), reviews.close()])
    },
  }
}

export type ShopWithServices = Awaited<ReturnType<typeof shopWithServices>>

/** The parsed `operation` line of the log with this name. */
export function operationLine({ logLines }: World, name: string): unknown {
  const line = logLines.findLast((text) => text.includes(`"operation":"${name}"`))
  return line && JSON.parse(line)
}
