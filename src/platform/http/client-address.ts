import type { IncomingMessage } from 'node:http'
import { isIP } from 'node:net'
import proxyAddr from 'proxy-addr'
import type { TrustProxy } from '../config/transport-settings.ts'

export interface Sender {
  /** The address of the peer or, behind trusted proxies, of the client of the first proxy. */
  address: string
  /** Whether a trusted proxy reports that the request came over HTTPS. */
  secure: boolean
  /** Whether a trusted proxy sent the request. */
  isTrusted: boolean
}

/**
 * Reads the sender of a request. `X-Forwarded-For` and `X-Forwarded-Proto` count as far as trusted proxies wrote them.
 * `Forwarded` (RFC 7239) is ignored, because a proxy that does not know it passes on what a client wrote.
 */
export function senderReader(trustProxy: TrustProxy): (request: IncomingMessage) => Sender {
  if (trustProxy === false) return (request) => ({ address: peerOf(request), secure: false, isTrusted: false })
  const trusted = trustOf(trustProxy)
  return (request) => {
    const peer = peerOf(request)
    // A client may write anything between the commas, so only an address can be trusted.
    const trust = (text: string, hop: number) => {
      const address = plain(text)
      return address !== undefined && trusted(address, hop)
    }
    if (!trust(peer, 0)) return { address: peer, secure: false, isTrusted: false }
    const [said = ''] = String(request.headers['x-forwarded-proto'] ?? '').split(',')
    const secure = said.trim().toLowerCase() === 'https'
    return { address: plain(proxyAddr(request, trust)) ?? peer, secure, isTrusted: true }
  }
}

function trustOf(trustProxy: number | readonly string[]): (address: string, hop: number) => boolean {
  if (typeof trustProxy === 'number') return (_address, hop) => hop < trustProxy
  return proxyAddr.compile([...trustProxy])
}

function peerOf({ socket }: IncomingMessage): string {
  return plain(socket.remoteAddress ?? '') ?? ''
}

/** The address without a port, which some proxies add, and IPv4 in its plain form; undefined for other text. */
function plain(text: string): string | undefined {
  const address = /^(?:\[(?<v6>[^\]]*)\]|(?<v4>[\d.]+))(?::\d+)?$/.exec(text)?.groups
  const bare = address?.v6 ?? address?.v4 ?? text
  if (!isIP(bare)) return undefined
  const mapped = /^::ffff:([\d.]+)$/i.exec(bare)?.[1]
  return mapped && isIP(mapped) === 4 ? mapped : bare
}
