// A thread of its own: in the thread that sends imports and reads exports, their work would be a part of the latency.

import { setTimeout as pause } from 'node:timers/promises'
import { parentPort, workerData } from 'node:worker_threads'
import { z } from 'zod'

const everyMs = 50

const { url, token } = z.object({ url: z.string(), token: z.string() }).parse(workerData)

async function ask(): Promise<number> {
  const startedAt = performance.now()
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/json', authorization: `Bearer ${token}` },
    body: JSON.stringify({ query: '{ products(first: 1) { edges { node { name } } } }' }),
  })
  await response.text()
  return performance.now() - startedAt
}

let isOver = false
parentPort?.on('message', () => {
  isOver = true
})
// Connections and statements are prepared by the first.
for (let request = 0; request < 20; request++) await ask()
parentPort?.postMessage('ready')
const sent: Promise<number>[] = []
while (!isOver) {
  sent.push(ask())
  await pause(everyMs)
}
parentPort?.postMessage(await Promise.all(sent))
