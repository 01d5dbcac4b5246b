import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { countOption, readOptions, runScript } from '../../scripts/run-script.ts'
import { openDemoDatabase } from '../demo-database.ts'
import { spreadOf } from '../statistics.ts'
import { closedConnections, type Measured, Measuring } from './measuring.ts'
import { drawOverload } from './picture.ts'
import { adminOf, type Kind, requestOf } from './requests.ts'

const usage = `npm run bench:overload                        what is answered, and how soon, below, at and above the peak
npm run bench:overload -- --seconds 10        longer
npm run bench:overload -- --rounds 5          more often (3)`

/** Of twenty requests of a known viewer: lists, single products, orders with their lines, one large page. */
const mix: Record<Kind, number> = { list: 8, product: 5, orders20: 6, large: 1 }

type Figure = keyof Measured

await runScript(usage, async () => {
  const text = { type: 'string' } as const
  const given = readOptions({ seconds: text, rounds: text })
  const seconds = countOption('--seconds', given.seconds, 5)
  const rounds = countOption('--rounds', given.rounds, 3)
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
    await report(await measuring.run({ seconds, rounds }), measuring, seconds)
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

async function report(byLoad: readonly Measured[][], { peaks, recoveredAfterSeconds }: Measuring, seconds: number) {
  const peak = spreadOf(peaks)
  const range = `${Math.round(peak.lowest)} to ${Math.round(peak.highest)}`
  console.log(
    `peak: ${Math.round(peak.median)} answers a second (${range}) with ${closedConnections} connections; medians of ` +
      `${byLoad[0]?.length} rounds of ${seconds} s each; the worst of failed, /healthz and memory\n`,
  )
  console.log(
    '| load, x peak | sent a second | answered a second | of the peaks beside it | p50 ms | p99 ms | shed a second | shed: p99 ms | failed | longest /healthz ms | memory MB | cores: server | cores: load |',
  )
  console.log(`|${' --- |'.repeat(13)}`)
  for (const rounds of byLoad) {
    const of = (figure: Figure) => spreadIn(rounds, figure)
    const { lowest, median, highest } = of('ofPeak')
    const cells = [
      of('multiple').median,
      Math.round(of('perSecond').median),
      Math.round(of('goodput').median),
      `${median.toFixed(2)} (${lowest.toFixed(2)} to ${highest.toFixed(2)})`,
      of('p50').median.toFixed(1),
      of('p99').median.toFixed(0),
      Math.round(of('shedPerSecond').median),
      of('shedP99').median.toFixed(0),
      of('failed').highest,
      of('longestHealthMs').highest.toFixed(0),
      of('rssMb').highest.toFixed(0),
      of('serverCores').median.toFixed(2),
      of('loadCores').median.toFixed(2),
    ]
    console.log(`| ${cells.join(' | ')} |`)
  }
  console.log(`\nnormal again ${recoveredAfterSeconds.toFixed(1)} s after five times the peak`)
  const points = byLoad.map((rounds) => ({
    multiple: spreadIn(rounds, 'multiple').median,
    goodput: spreadIn(rounds, 'goodput').median,
    shedPerSecond: spreadIn(rounds, 'shedPerSecond').median,
    p50: spreadIn(rounds, 'p50').median,
    p99: spreadIn(rounds, 'p99').median,
  }))
  await writeFile(join(import.meta.dirname, 'overload.svg'), drawOverload(points, peak.median))
}

function spreadIn(rounds: readonly Measured[], figure: Figure) {
  return spreadOf(rounds.map((round) => round[figure]))
}
