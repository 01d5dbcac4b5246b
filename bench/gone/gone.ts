// npm run bench:gone                         how soon the reads of clients that hang up are cancelled in PostgreSQL
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { join } from 'node:path'
import { z } from 'zod'
import { countOption, readOptions, runScript } from '../../scripts/run-script.ts'
import { Lock } from '../../test/platform/support/lock.ts'
import { openDemoDatabase } from '../demo-database.ts'
import { quantile } from '../statistics.ts'
import { table } from '../table.ts'

const usage = `npm run bench:gone -- [--rounds 50]    from the end of connections to the end of their statements in PostgreSQL`

const body = JSON.stringify({ query: '{ products { totalCount } }' })
const request = `POST /graphql HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`
/** How many clients with slow reads hang up at once. */
const counts = [1, 20]

await runScript(usage, async () => {
  const given = readOptions({ rounds: { type: 'string' } })
  const rounds = countOption('--rounds', given.rounds, 50)
  await using database = await openDemoDatabase()
  const server = fork(join(import.meta.dirname, '../overload/server.ts'), [database.url, database.dataDir], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
  try {
    const [url]: unknown[] = await once(server, 'message')
    const port = Number(new URL(z.string().parse(url)).port)
    const rows: string[][] = []
    for (const count of counts) {
      const ms = new Float64Array(rounds)
      for (let round = 0; round < rounds; round++) ms[round] = await hangUp(port, count, database.ownerUrl)
      ms.sort()
      rows.push([String(count), ...[0.5, 0.99, 1].map((share) => quantile(ms, share).toFixed(1))])
    }
    console.log(table(['clients that hang up', 'p50 ms', 'p99 ms', 'longest ms'], rows))
  } finally {
    const exited = once(server, 'exit')
    server.disconnect()
    await exited
  }
})

/** Milliseconds until none of the reads of these clients waits in PostgreSQL any more. */
async function hangUp(port: number, count: number, databaseUrl: string): Promise<number> {
  await using lock = await Lock.on('commerce.md_product', { databaseUrl })
  const sockets = await Promise.all(Array.from({ length: count }, () => send(port)))
  await lock.waitedForBy(count)
  const begun = performance.now()
  for (const socket of sockets) socket.destroy()
  await lock.waitedForBy(0)
  return performance.now() - begun
}

async function send(port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1')
  await once(socket, 'connect')
  socket.write(request)
  return socket
}
