import type { ServerResponse } from 'node:http'
import type { ReadinessCheck } from '../database/readiness.ts'
import { sendBody } from './whole-body.ts'

/** `/healthz`: the process responds. `/readyz`: it can serve requests. For GET, HEAD and any other method. */
export async function answerHealth(path: string, response: ServerResponse, notReady: ReadinessCheck): Promise<void> {
  const unready = path === '/readyz' ? await notReady() : undefined
  response.statusCode = unready ? 503 : 200
  response.setHeader('content-type', 'application/json')
  sendBody(response, JSON.stringify(unready ? { status: 'unavailable', reason: unready.reason } : { status: 'ok' }))
}

export function isHealthPath(path: string): boolean {
  return path === '/healthz' || path === '/readyz'
}
