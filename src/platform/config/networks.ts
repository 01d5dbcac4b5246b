import { isIP } from 'node:net'
import { z } from 'zod'
import { commaSeparated } from './comma-separated.ts'

/** Addresses and CIDRs, separated by commas. */
export const networks = z
  .string()
  .transform(commaSeparated)
  .refine((items) => items.every(isNetwork), { error: 'must be addresses and CIDRs such as 10.1.0.0/16, fd00::/8' })

function isNetwork(text: string): boolean {
  const [address = '', prefix, ...rest] = text.split('/')
  const family = isIP(address)
  if (family === 0 || rest.length > 0) return false
  return prefix === undefined || (/^\d{1,3}$/.test(prefix) && Number(prefix) <= (family === 4 ? 32 : 128))
}
