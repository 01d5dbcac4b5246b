import type { ServerResponse } from 'node:http'

/** What stands in the way, and what the database said of it, which is for the operator alone. */
export interface Unready {
  reason: string
  said?: string
}

/** Why the server is not ready, or undefined. Asked by load balancers every few seconds, so it must be cheap. */
export type ReadinessCheck = () => Promise<Unready | undefined>

/** `/healthz`: the process answers. `/readyz`: it can serve, so route requests here. */
export async function answerHealth(path: string, response: ServerResponse, notReady: ReadinessCheck): Promise<void> {
  const unready = path === '/readyz' ? await notReady() : undefined
  response.writeHead(unready ? 503 : 200, { 'content-type': 'application/json', 'cache-control': 'no-store' })
  response.end(JSON.stringify(unready ? { status: 'unavailable', reason: unready.reason } : { status: 'ok' }))
}

export function isHealthPath(path: string): boolean {
  return path === '/healthz' || path === '/readyz'
}
