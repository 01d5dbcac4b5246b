import { z } from 'zod'
import type { RemoteSource, RemoteValues } from '../../platform/context.ts'

/** The REST service that knows where parcels are, whichever company carries them. */
export const carrierService: RemoteSource = {
  name: 'carrier',
  about: 'the service that tracks parcels',
  timeoutMs: 1000,
  parallel: 20,
}

const tracking = z.object({
  number: z.string().max(100),
  status: z.enum(['ANNOUNCED', 'IN_TRANSIT', 'OUT_FOR_DELIVERY', 'DELIVERED', 'RETURNED']),
  place: z.string().max(200).nullable(),
  expectedOn: z.iso.date().nullable(),
  updatedAt: z.iso.datetime().transform((text) => new Date(text)),
})

export type Tracking = z.infer<typeof tracking>

/** Parcels by tracking number. */
export const trackings: RemoteValues<Tracking> = {
  source: carrierService,
  atOnce: 50,
  many: (numbers) => ({
    method: 'POST',
    path: ['trackings', 'search'],
    body: { numbers },
    answer: z
      .object({ trackings: z.array(tracking) })
      .transform((found) => new Map(found.trackings.map((each) => [each.number, each]))),
  }),
  one: (number) => ({
    method: 'GET',
    path: ['trackings', number],
    answer: tracking.refine((found) => found.number === number, { error: 'another parcel' }),
    absent: null,
  }),
}
