import type { ServerResponse } from 'node:http'
import type { ReadinessCheck } from '../database/readiness.ts'

/** `/healthz`: the process responds. `/readyz`: it can serve requests. */
export async function answerHealth(path: string, response: ServerResponse, notReady: ReadinessCheck): Promise<void> {
  const unready = path === '/readyz' ? await notReady() : undefined
  response.writeHead(unready ? 503 : 200, { 'content-type': 'application/json', 'cache-control': 'no-store' })
  response.end(JSON.stringify(unready ? { status: 'unavailable', reason: unready.reason } : { status: 'ok' }))
}

export function isHealthPath(path: string): boolean {
  return path === '/healthz' || path === '/readyz'
}
