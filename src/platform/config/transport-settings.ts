import { isIP } from 'node:net'
import proxyAddr from 'proxy-addr'
import { z } from 'zod'
import { commaSeparated } from './comma-separated.ts'
import { wholeNumber } from './whole-number.ts'

const count = wholeNumber(1)
/** The largest value of Node's timers. */
const milliseconds = wholeNumber(1, 2_147_483_647)

/** The settings of the HTTP front; `config.ts` reads them. */
export const transportSettings = {
  TRUST_PROXY: z
    .string()
    .transform((text, { issues, value }) => {
      const trust = readTrust(text)
      if (trust !== undefined) return trust
      issues.push({ code: 'custom', input: value, message: 'must be false, a number of hops, or addresses and CIDRs' })
      return z.NEVER
    })
    .default(false)
    .describe(
      'The proxies in front: `false` for none, their number, or their addresses and CIDRs, separated by commas.',
    ),
  HSTS: z
    .enum(['true', 'false'])
    .default('false')
    .describe(
      'Send `Strict-Transport-Security` always. With `false` only where a trusted proxy says that the request used HTTPS.',
    ),
  COMPRESSION: z
    .enum(['true', 'false'])
    .default('true')
    .describe('Compress responses of 1 kB and more that may be. Switch it off where the proxy in front does.'),
  MAX_CONNECTIONS: count
    .default(2000)
    .describe('The maximum number of open connections; further ones are closed without a response.'),
  MAX_URL_BYTES: count.default(8192).describe('The maximum length of path and query string, in bytes.'),
  MAX_HEADER_BYTES: count.default(16_384).describe('The maximum size of URL and headers of a request, in bytes.'),
  MAX_HEADERS: count.default(100).describe('The maximum number of header lines in a request.'),
  HEADERS_TIMEOUT_MS: milliseconds
    .default(10_000)
    .describe('How long a client may take to send URL and headers of a request, in milliseconds.'),
  REQUEST_TIMEOUT_MS: milliseconds
    .default(30_000)
    .describe('How long a client may take to send a whole request, in milliseconds.'),
  REQUEST_DEADLINE_MS: milliseconds
    .default(30_000)
    .describe(
      'How long a request may take from its arrival to its response, in milliseconds: its turn, a connection to the database ' +
        'and its statements together. A client may ask for less in the header `X-Timeout-Ms`.',
    ),
  QUEUE_TIMEOUT_MS: milliseconds
    .default(1000)
    .describe(
      'How long a request may wait for its turn where the server has more to do than it can, in milliseconds; half of ' +
        'that where others have waited all the time. Then it is OVERLOADED.',
    ),
  KEEP_ALIVE_TIMEOUT_MS: milliseconds
    .default(5000)
    .describe(
      'How long an idle connection stays open, in milliseconds. Set it higher than the same timeout of the proxy in front.',
    ),
  IDLE_TIMEOUT_MS: milliseconds
    .default(60_000)
    .describe('How long a client may read no byte of its response before the connection is closed, in milliseconds.'),
}

type Transport = z.infer<z.ZodObject<typeof transportSettings>>

export function transportOf(env: Transport) {
  return {
    trustProxy: env.TRUST_PROXY,
    hsts: env.HSTS === 'true',
    compression: env.COMPRESSION === 'true',
    maxConnections: env.MAX_CONNECTIONS,
    urlBytes: env.MAX_URL_BYTES,
    headerBytes: env.MAX_HEADER_BYTES,
    headerLines: env.MAX_HEADERS,
    headersTimeoutMs: Math.min(env.HEADERS_TIMEOUT_MS, env.REQUEST_TIMEOUT_MS),
    requestTimeoutMs: env.REQUEST_TIMEOUT_MS,
    deadlineMs: env.REQUEST_DEADLINE_MS,
    queueTimeoutMs: env.QUEUE_TIMEOUT_MS,
    keepAliveTimeoutMs: env.KEEP_ALIVE_TIMEOUT_MS,
    idleTimeoutMs: env.IDLE_TIMEOUT_MS,
  }
}

export type TransportConfig = Readonly<ReturnType<typeof transportOf>>

/** `true` is refused: it would let every client choose its address. */
function readTrust(text: string): TrustProxy | undefined {
  if (text === 'false') return false
  if (/^[1-9]\d?$/.test(text)) return Number(text)
  const addresses = commaSeparated(text)
  // The library accepts "127.1" as an address too.
  if (
    addresses.length === 0 ||
    !addresses.every((address) => /^[a-z]+$/.test(address) || isIP(address.split('/')[0] ?? ''))
  )
    return undefined
  try {
    proxyAddr.compile(addresses)
    return addresses
  } catch {
    return undefined
  }
}

/** No proxy, the last so many hops, or proxies with these addresses. */
export type TrustProxy = false | number | readonly string[]
