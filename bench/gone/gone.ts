// npm run bench:gone                         how soon the reads of clients that hang up are cancelled in PostgreSQL
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { join } from 'node:path'
import pg from 'pg'
import { z } from 'zod'
import { countOption, readOptions, runScript } from '../../scripts/run-script.ts'
import { openDemoDatabase } from '../demo-database.ts'

const usage = `npm run bench:gone -- [--rounds 50]    from the end of connections to the end of their statements in PostgreSQL`

const body = JSON.stringify({ query: '{ products { totalCount } }' })
const request = `POST /graphql HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`
/** Of all the connections to the database, as many clients as have slow reads at a time. */
const clients = [1, 20]
const counted = z.tuple([z.object({ count: z.int() })])

await runScript(usage, async () => {
  const given = readOptions({ rounds: { type: 'string' } })
  const rounds = countOption('--rounds', given.rounds, 50)
  await using database = await openDemoDatabase()
  const server = fork(join(import.meta.dirname, '../overload/server.ts'), [database.url, database.dataDir], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
  const [locking, looking] = [new pg.Client(database.ownerUrl), new pg.Client(database.ownerUrl)]
  await Promise.all([locking.connect(), looking.connect()])
  try {
    const [url]: unknown[] = await once(server, 'message')
    const port = Number(new URL(z.string().parse(url)).port)
    console.log('| clients that hang up | p50 ms | p99 ms | longest ms |\n| ---: | ---: | ---: | ---: |')
    for (const count of clients) {
      const ms: number[] = []
      for (let round = 0; round < rounds; round++) ms.push(await hangUp(port, count, locking, looking))
      ms.sort((a, b) => a - b)
      const shown = [0.5, 0.99, 1].map((share) => ms[Math.ceil(ms.length * share) - 1]?.toFixed(1))
      console.log(`| ${[count, ...shown].join(' | ')} |`)
    }
  } finally {
    await Promise.all([locking.end(), looking.end()])
    const exited = once(server, 'exit')
    server.disconnect()
    await exited
  }
})

/** Milliseconds until none of the reads of these clients waits in PostgreSQL any more. */
async function hangUp(port: number, count: number, locking: pg.Client, looking: pg.Client): Promise<number> {
  await locking.query('begin; lock table commerce.md_product')
  const sockets = await Promise.all(Array.from({ length: count }, () => send(port)))
  while ((await waiting(looking)) < count);
  const begun = performance.now()
  for (const socket of sockets) socket.destroy()
  while ((await waiting(looking)) > 0);
  const took = performance.now() - begun
  await locking.query('rollback')
  return took
}

async function send(port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1')
  await once(socket, 'connect')
  socket.write(request)
  return socket
}

async function waiting(client: pg.Client): Promise<number> {
  const { rows } = await client.query('select count(*)::int from pg_locks where not granted')
  const [{ count }] = counted.parse(rows)
  return count
}
