import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { z } from 'zod'
import type { ServerProcess } from '../../test/support/server-process.ts'
import { quantile } from '../statistics.ts'

const latencies = z.tuple([z.array(z.number())])

/** The latency of small requests, sent at a steady rate while the work lasts. */
export async function interactive(
  server: ServerProcess,
  token: string,
  work: () => Promise<void>,
): Promise<{ p50: number; p99: number }> {
  const asker = new Worker(new URL('asker.ts', import.meta.url), { workerData: { url: server.url, token } })
  try {
    await once(asker, 'message')
    await work()
    asker.postMessage('end')
    const [taken] = latencies.parse(await once(asker, 'message'))
    const sorted = Float64Array.from(taken).sort()
    return { p50: quantile(sorted, 0.5), p99: quantile(sorted, 0.99) }
  } finally {
    await asker.terminate()
  }
}
