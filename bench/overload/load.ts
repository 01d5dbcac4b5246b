import { z } from 'zod'

/** A load, as the parent asks its process for it. */
export const loadSchema = z.object({
  /** Connections are shared out among the servers. */
  urls: z.array(z.string()).min(1),
  /** Whole requests, one of which is sent each time, in turn. */
  requests: z.array(z.string()).min(1),
  /** How many a second are sent, whether or not those before are answered; 0 sends the next when one is answered. */
  perSecond: z.number().min(0),
  connections: z.int().min(1),
  seconds: z.number(),
})
export type Load = z.infer<typeof loadSchema>

export const outcomeSchema = z.object({
  /** Since the beginning, in seconds, when each was answered, and how long that took, in milliseconds. */
  answered: z.array(z.tuple([z.number(), z.number()])),
  /** How long it took to shed each, in milliseconds. */
  shed: z.array(z.number()),
  /** Other responses, and requests without one. */
  failed: z.int(),
})
export type Outcome = z.infer<typeof outcomeSchema>
