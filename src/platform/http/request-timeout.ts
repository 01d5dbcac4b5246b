import type { IncomingMessage } from 'node:http'
import type { Refusal } from './request-refusal.ts'

const header = 'x-timeout-ms'

/** How long a request may take, in milliseconds: as long as its client waits, and at most `longestMs`. */
export function timeoutOf({ headers }: IncomingMessage, longestMs: number): number | Refusal {
  const given = headers[header]
  if (given === undefined) return longestMs
  if (typeof given === 'string' && /^[1-9]\d{0,9}$/.test(given)) return Math.min(Number(given), longestMs)
  return { code: 'BAD_REQUEST', message: `The header "${header}" is a whole number of milliseconds, from 1.` }
}
