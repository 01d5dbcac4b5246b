import { readFileSync } from 'node:fs'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { z } from 'zod'
import type { Deployment } from './deployment.ts'

const callers = 4
const viewerQuery = '{ viewer { kind } }'
const keysQuery = '{ apiKeys(first: 1) { edges { node { name } } } }'
const keyCreate = `mutation ($input: ApiKeyCreateInput!) {
  apiKeyCreate(input: $input) { apiKey { name } userErrors { code } }
}`
const viewer = z.object({ data: z.object({ viewer: z.object({ kind: z.literal('ANONYMOUS') }) }) })
const keys = z.object({ data: z.object({ apiKeys: z.object({ edges: z.array(z.unknown()).length(1) }) }) })
const created = z.object({
  data: z.object({ apiKeyCreate: z.object({ apiKey: z.object({ name: z.string() }), userErrors: z.tuple([]) }) }),
})

/** Calls the deployment as clients do, and restarts its replicas in turn while they call. Throws where anything fails. */
export async function checkDeployment(deployment: Deployment, say: (text: string) => void): Promise<void> {
  setDefaultCACertificates([...getCACertificates(), readFileSync(deployment.certificate, 'utf8')])
  await checkBalancer(deployment)
  say('the balancer answers: ready, a query, a mutation with a token; metrics are not public')
  const answered = await restartUnderLoad(deployment)
  say(`both replicas were restarted in turn, and none of ${answered} requests failed`)
}

async function checkBalancer({ url, plainUrl, token, replicas }: Deployment): Promise<void> {
  expectStatus(await fetch(`${url}/readyz`), 200)
  expectStatus(await fetch(plainUrl, { redirect: 'manual' }), 308)
  expectStatus(await fetch(`${url}/metrics`), 404)
  for (const { metricsUrl } of replicas) expectStatus(await fetch(metricsUrl), 200)
  viewer.parse(await call(url, { query: viewerQuery }))
  await createKey(url, token)
  keys.parse(await call(url, { query: keysQuery }, token))
}

/** Returns the number of requests, each of which succeeded. */
async function restartUnderLoad({ url, token, replicas, stop, start }: Deployment): Promise<number> {
  let answered = 0
  let isOver = false
  const load = Array.from({ length: callers }, async () => {
    while (!isOver) {
      if (answered % 10 === 0) await createKey(url, token)
      else keys.parse(await call(url, { query: keysQuery }, token))
      answered++
    }
  })
  // A call that fails ends the restarts too.
  const restarts = async () => {
    for (const { name } of replicas) {
      const status = await stop(name)
      if (status !== 0) throw new Error(`${name} ended with ${status}`)
      await start(name)
    }
  }
  try {
    await Promise.race([restarts(), ...load])
  } finally {
    isOver = true
  }
  await Promise.all(load)
  return answered
}

async function createKey(url: string, token: string): Promise<void> {
  const expiresAt = new Date(Date.now() + 3_600_000).toISOString()
  const input = { name: 'check', scopes: ['audit:read'], expiresAt }
  created.parse(await call(url, { query: keyCreate, variables: { input } }, token))
}

async function call(url: string, body: unknown, token?: string): Promise<unknown> {
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }) },
    body: JSON.stringify(body),
  })
  const text = await response.text()
  if (!response.ok) throw new Error(`a call got ${response.status}: ${text}`)
  return JSON.parse(text)
}

function expectStatus(response: Response, status: number): void {
  if (response.status !== status) throw new Error(`${response.url} answers ${response.status}, not ${status}`)
}
