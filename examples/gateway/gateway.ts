import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createGatewayRuntime } from '@graphql-hive/gateway-runtime'
import { composeServices } from '@theguild/federation-composition'
import { parse } from 'graphql'
import { z } from 'zod'

const service = z.object({ data: z.object({ _service: z.object({ sdl: z.string() }) }) })

/** The endpoints of the subgraphs. */
const subgraphs = {
  frontdoor: `${process.env.FRONTDOOR_URL ?? 'http://127.0.0.1:4000'}/graphql`,
  reviews: `${process.env.REVIEWS_URL ?? 'http://127.0.0.1:4200'}/subgraph`,
}
/** Headers of a client that are for Frontdoor. */
const forFrontdoor = ['authorization', 'idempotency-key', 'x-consistency-token', 'traceparent', 'tracestate']

const gateway = createGatewayRuntime<{ req: IncomingMessage }>({
  supergraph: await composeSupergraph(),
  propagateHeaders: {
    // Other subgraphs do not get the credential.
    fromClientToSubgraphs: ({ request, subgraphName, context }) => {
      if (subgraphName !== 'frontdoor') return {}
      return { ...pick(request.headers, forFrontdoor), 'x-forwarded-for': context.req?.socket.remoteAddress }
    },
    fromSubgraphsToClient: ({ response }) => pick(response.headers, ['x-consistency-token']),
    deduplicateHeaders: true,
  },
  upstreamTimeout: 5000,
  graphiql: false,
  landingPage: false,
  logging: 'warn',
})

const server = createServer(gateway)
server.listen(Number(process.env.PORT ?? 4300), '127.0.0.1')
await once(server, 'listening')
const { port } = server.address() as AddressInfo
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => server.close())
console.log(`One graph of ${Object.keys(subgraphs).join(' and ')}: http://127.0.0.1:${port}/graphql`)

/** Where schemas are reviewed before they are served, this is done in CI, and the gateway reads the result. */
async function composeSupergraph(): Promise<string> {
  const services = await Promise.all(
    Object.entries(subgraphs).map(async ([name, url]) => ({ name, url, typeDefs: parse(await sdlOf(url)) })),
  )
  const { supergraphSdl, errors = [] } = composeServices(services)
  if (supergraphSdl !== undefined) return supergraphSdl
  throw new Error(`The subgraphs do not compose:\n${errors.map(({ message }) => message).join('\n')}`)
}

async function sdlOf(url: string): Promise<string> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/json' },
    body: JSON.stringify({ query: '{ _service { sdl } }' }),
  }).catch(() => undefined)
  const answer = service.safeParse(await response?.json())
  if (answer.success) return answer.data.data._service.sdl
  console.error(`There is no subgraph at ${url}. Start it first; Frontdoor is one with FEDERATION=true.`)
  process.exit(1)
}

function pick(headers: Headers, names: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = headers.get(name)
      return value === null ? [] : [[name, value]]
    }),
  )
}
