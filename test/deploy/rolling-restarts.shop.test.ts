import { expect, it } from 'vitest'
import { z } from 'zod'
import { demo } from '../../src/commerce/demo.ts'
import { developmentToken } from '../../src/platform/auth/development-keys.ts'
import { parseConfig } from '../../src/platform/config/config.ts'
import { withClient } from '../../src/platform/database/with-client.ts'
import { createEnvironment } from '../support/environment.ts'
import { freePort } from '../support/free-port.ts'
import { Haproxy, hasHaproxy } from '../support/haproxy.ts'
import { ServerProcess } from '../support/server-process.ts'

if (!hasHaproxy) console.log('skipped: the tests of rolling restarts need haproxy (apt-get install haproxy)')

const callers = 16
const restarts = 6
const read = '{ products(first: 3) { edges { node { name } } } }'
const place = `mutation ($input: OrderPlaceInput!) {
  orderPlace(input: $input) { order { number } replayed userErrors { code } }
}`
const placed = z.object({
  data: z.object({
    orderPlace: z.object({ order: z.object({ number: z.number() }), userErrors: z.tuple([]) }),
  }),
})
const found = z.object({ data: z.object({ products: z.object({ edges: z.array(z.unknown()).length(3) }) }) })

/** What a caller sends, and sends again where it failed. */
interface Request {
  key: string | undefined
  body: string
}

class Load {
  readonly failed: { request: Request; why: string }[] = []
  readonly keys = new Set<string>()
  answered = 0
  #isOver = false
  readonly #url: string
  readonly #headers: Record<string, string>
  readonly #productId: string
  readonly #running: Promise<void>[]

  constructor(url: string, token: string, productId: string) {
    this.#url = url
    this.#headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json', accept: 'application/json' }
    this.#productId = productId
    this.#running = Array.from({ length: callers }, (_, caller) => this.#call(caller))
  }

  async end(): Promise<void> {
    this.#isOver = true
    await Promise.all(this.#running)
  }

  async send({ key, body }: Request): Promise<void> {
    const response = await fetch(`${this.#url}/graphql`, { method: 'POST', headers: this.#headers, body })
    const answer: unknown = await response.json()
    if (key) placed.parse(answer)
    else found.parse(answer)
  }

  async #call(caller: number): Promise<void> {
    for (let number = 0; !this.#isOver; number++) {
      const request = this.#request(number % 4 === 0 ? `${caller}-${number}` : undefined)
      if (request.key) this.keys.add(request.key)
      try {
        await this.send(request)
        this.answered++
      } catch (error) {
        this.failed.push({ request, why: String(error) })
      }
    }
  }

  #request(key: string | undefined): Request {
    if (!key) return { key, body: JSON.stringify({ query: read }) }
    const shipTo = { recipient: 'Ann', street: 'Way 1', city: 'Berlin', country: 'DE' }
    const input = { idempotencyKey: key, lines: [{ productId: this.#productId, quantity: 1 }], shipTo }
    return { key, body: JSON.stringify({ query: place, variables: { input } }) }
  }
}

it.skipIf(!hasHaproxy)(
  'restarts behind a balancer fail no request, and a kill only those in flight, which succeed when sent again',
  async () => {
    await using environment = await createEnvironment('demo')
    const { dataDir, ownerUrl } = environment
    const env = {
      ...environment.env,
      ...{ LOG_LEVEL: 'warn', LOG_FORMAT: 'json', DRAIN_DELAY_MS: '2500' },
      ...{ RATE_LIMIT_CAPACITY: '1000000000', RATE_LIMIT_ANONYMOUS_CAPACITY: '1000000000' },
    }
    await withClient(ownerUrl, (client) => client.query('update commerce.md_product set qty_on_hand = 1000000'))
    const ports = [await freePort(), await freePort()] as const
    const open = (port: number) => ServerProcess.open({ ...env, PORT: String(port) })
    const replicas = new Map(await Promise.all(ports.map(async (port) => [port, await open(port)] as const)))
    await using balancer = await Haproxy.before(ports)
    const customer = demo.viewers.find(({ claims }) => claims.kind === 'customer')?.claims
    if (!customer) throw new Error('there is no demo customer')
    const token = await developmentToken(dataDir, parseConfig({ NODE_ENV: 'test' }).auth, customer)
    const before = await ordersIn(ownerUrl)
    const load = new Load(balancer.url, token, await productId(balancer.url))
    try {
      for (let restart = 0; restart < restarts; restart++) {
        const port = ports[restart % 2] ?? 0
        expect(await replicas.get(port)?.end('SIGTERM')).toBe(0)
        replicas.set(port, await open(port))
        await balancer.untilServer(port, 'UP')
      }
      expect(load.failed).toEqual([])
      expect(load.answered).toBeGreaterThan(1000)

      await replicas.get(ports[0])?.end('SIGKILL')
      await balancer.untilServer(ports[0], 'DOWN')
      await load.end()
      expect(load.failed.length).toBeLessThanOrEqual(callers)
      for (const { request } of load.failed) await load.send(request)
      expect(await ordersIn(ownerUrl)).toBe(before + load.keys.size)
    } finally {
      await load.end()
      await Promise.all([...replicas.values()].map((replica) => replica.end('SIGKILL')))
    }
  },
  240_000,
)

function ordersIn(ownerUrl: string): Promise<number> {
  return withClient(ownerUrl, async (client) => {
    const { rows } = await client.query<{ count: number }>('select count(*)::int as count from commerce.so_header')
    return rows[0]?.count ?? 0
  })
}

async function productId(url: string): Promise<string> {
  const query = '{ products(filter: { discontinued: false }, first: 1) { edges { node { id } } } }'
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query }),
  })
  const page = z.object({
    data: z.object({ products: z.object({ edges: z.tuple([z.object({ node: z.object({ id: z.string() }) })]) }) }),
  })
  return page.parse(await response.json()).data.products.edges[0].node.id
}
