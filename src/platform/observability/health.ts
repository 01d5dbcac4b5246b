import type { ServerResponse } from 'node:http'

/** Why the server is not ready, or undefined. Asked by load balancers every few seconds, so it must be cheap. */
export type ReadinessCheck = () => Promise<string | undefined>

/** `/healthz`: the process answers. `/readyz`: it can serve, so route requests here. */
export async function answerHealth(path: string, response: ServerResponse, notReady: ReadinessCheck): Promise<void> {
  const reason = path === '/readyz' ? await notReady() : undefined
  response.writeHead(reason ? 503 : 200, { 'content-type': 'application/json', 'cache-control': 'no-store' })
  response.end(JSON.stringify(reason ? { status: 'unavailable', reason } : { status: 'ok' }))
}

export function isHealthPath(path: string): boolean {
  return path === '/healthz' || path === '/readyz'
}
