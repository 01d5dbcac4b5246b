import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { countOption, readOptions, runScript } from '../../scripts/run-script.ts'
import { openDemoDatabase } from '../demo-database.ts'
import { closedConnections, type Measured, Measuring } from './measuring.ts'
import { drawOverload } from './picture.ts'
import { adminOf, type Kind, requestOf } from './requests.ts'

const usage = `npm run bench:overload                        what is answered, and how soon, below, at and above the peak
npm run bench:overload -- --seconds 10        longer`

/** Of twenty requests: lists and single products of anonymous viewers, orders with lines of a known one, one large page. */
const mix: Record<Kind, number> = { list: 8, product: 5, orders20: 6, large: 1 }

await runScript(usage, async () => {
  const given = readOptions({ seconds: { type: 'string' } })
  const seconds = countOption('--seconds', given.seconds, 5)
  await using database = await openDemoDatabase()
  const { dataDir } = database
  const generator = fork(join(import.meta.dirname, 'generator.ts'), { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
  let server: ChildProcess | undefined
  try {
    server = fork(join(import.meta.dirname, 'server.ts'), [database.url, dataDir], {
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    })
    const [started]: unknown[] = await once(server, 'message')
    const url = z.string().parse(started)
    const measuring = new Measuring(generator, server, url, await requestsOf(dataDir))
    await report(await measuring.run(seconds), measuring, seconds)
  } finally {
    generator.disconnect()
    if (server) {
      const exited = once(server, 'exit')
      server.disconnect()
      await exited
    }
  }
})

async function requestsOf(dataDir: string): Promise<string[]> {
  const admin = await adminOf(dataDir)
  const kinds: Record<Kind, string> = {
    list: requestOf('list', admin),
    product: requestOf('product', admin),
    orders20: requestOf('orders20', admin),
    large: requestOf('large', admin),
  }
  const all = (Object.keys(mix) as Kind[]).flatMap((kind) => Array.from({ length: mix[kind] }, () => kinds[kind]))
  // Spread, so that each second has the mix.
  return all.map((_, at) => all[(at * 7) % all.length] ?? '')
}

async function report(measured: readonly Measured[], { peak, recoveredAfterSeconds }: Measuring, seconds: number) {
  console.log(`peak: ${Math.round(peak)} answers a second with ${closedConnections} connections; ${seconds} s each\n`)
  console.log(
    '| load, x peak | sent a second | answered a second | of the peak | p50 ms | p99 ms | shed a second | shed: p99 ms | failed | longest /healthz ms | memory MB | cores: server | cores: load |',
  )
  console.log(`|${' --- |'.repeat(13)}`)
  for (const each of measured) {
    const cells = [
      each.multiple,
      Math.round(each.perSecond),
      Math.round(each.goodput),
      (each.goodput / peak).toFixed(2),
      each.p50.toFixed(1),
      each.p99.toFixed(0),
      Math.round(each.shedPerSecond),
      each.shedP99.toFixed(0),
      each.failed,
      each.longestHealthMs.toFixed(0),
      each.rssMb.toFixed(0),
      each.cores.server.toFixed(2),
      each.cores.load.toFixed(2),
    ]
    console.log(`| ${cells.join(' | ')} |`)
  }
  console.log(`\nnormal again ${recoveredAfterSeconds.toFixed(1)} s after five times the peak`)
  await writeFile(join(import.meta.dirname, 'overload.svg'), drawOverload(measured, peak))
}
