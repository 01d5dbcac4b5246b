import { type LookupAddress, lookup as lookUp } from 'node:dns'
import { lookup as resolve } from 'node:dns/promises'
import { BlockList, isIP, isIPv4, type LookupFunction } from 'node:net'

/** IPv4 networks that are not of the public internet (IANA IPv4 Special-Purpose Address Registry), and multicast. */
const special4 = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/4',
  '240.0.0.0/4',
]
/** Public IPv6 addresses. Others are local, or hold an IPv4 address: `::ffff:0:0/96`, `64:ff9b::/96`. */
const global6 = ['2000::/3']
/** Exceptions from these (IANA IPv6 Special-Purpose Address Registry). Teredo and 6to4 hold an IPv4 address. */
const special6 = ['2001::/23', '2001:db8::/32', '2002::/16', '3fff::/20']

/** An address that the server may not send to. */
export class AddressRefused extends Error {}

interface EgressRules {
  /** Addresses and CIDRs that may be reached although they are not public. */
  allowed: readonly string[]
  requiresHttps: boolean
}

/**
 * Decides which addresses the server may send to. A name is resolved when a connection is made, all its addresses must be
 * good, and the connection goes to one of them: a second answer of the name server has no effect.
 */
export class Egress {
  readonly #special4 = listOf(special4)
  readonly #special6 = listOf(special6)
  readonly #global6 = listOf(global6)
  // A list of IPv4 networks matches IPv6 addresses that hold one, so each family has its own.
  readonly #allowed4: BlockList
  readonly #allowed6: BlockList
  readonly #requiresHttps: boolean

  constructor({ allowed, requiresHttps }: EgressRules) {
    this.#allowed4 = listOf(allowed.filter((network) => !network.includes(':')))
    this.#allowed6 = listOf(allowed.filter((network) => network.includes(':')))
    this.#requiresHttps = requiresHttps
  }

  /** Why nothing may be sent to this URL; undefined where it may. Resolves its name. */
  async refusalOf(text: string): Promise<string | undefined> {
    const url = URL.parse(text)
    if (!url) return 'It is not a URL.'
    if (url.protocol !== 'https:' && (this.#requiresHttps || url.protocol !== 'http:'))
      return 'It must be an https URL.'
    if (url.username !== '' || url.password !== '') return 'It must not hold credentials; the signature is the proof.'
    const host = hostOf(url)
    if (isIP(host) !== 0) return this.#reaches(host) ? undefined : refusedAddress
    try {
      const addresses = await resolve(host, { all: true })
      return addresses.every(({ address }) => this.#reaches(address)) ? undefined : refusedAddress
    } catch {
      return 'Its host name cannot be resolved.'
    }
  }

  /** Throws AddressRefused for a host that is an address: such a host is connected to without a look-up. */
  requireGoodHost(url: URL): void {
    const host = hostOf(url)
    if (isIP(host) !== 0 && !this.#reaches(host)) throw new AddressRefused()
  }

  /** The look-up of every connection. */
  readonly lookup: LookupFunction = (hostname, options, callback) => {
    lookUp(hostname, { ...options, all: true }, (error, addresses) => {
      const [first] = addresses ?? []
      if (error || !first) return callback(error ?? new Error('no address'), '')
      if (!addresses.every(({ address }) => this.#reaches(address))) return callback(new AddressRefused(), '')
      if (options.all) callback(null, addresses as LookupAddress[])
      else callback(null, first.address, first.family)
    })
  }

  #reaches(address: string): boolean {
    if (isIPv4(address)) return this.#allowed4.check(address, 'ipv4') || !this.#special4.check(address, 'ipv4')
    // A zone names an interface of this machine.
    if (address.includes('%')) return false
    if (this.#allowed6.check(address, 'ipv6')) return true
    return this.#global6.check(address, 'ipv6') && !this.#special6.check(address, 'ipv6')
  }
}

const refusedAddress = 'It leads to an address that is not public, and that the operator has not allowed.'

function hostOf({ hostname }: URL): string {
  return hostname.replace(/^\[|\]$/g, '')
}

function listOf(networks: readonly string[]): BlockList {
  const list = new BlockList()
  for (const text of networks) {
    const [network = '', prefix] = text.split('/')
    const family = network.includes(':') ? 'ipv6' : 'ipv4'
    if (prefix === undefined) list.addAddress(network, family)
    else list.addSubnet(network, Number(prefix), family)
  }
  return list
}
