import { readFile } from 'node:fs/promises'
import { relative } from 'node:path'
import { z } from 'zod'
import type { Wanted } from './arguments.ts'
import { openBenchDatabase } from './database.ts'
import { DatabaseCpu } from './database-cpu.ts'
import { type Runner, startLineUp } from './line-up.ts'
import type { Shape } from './names.ts'

const poolSize = 20
const connections = 16
const warmUpMs = 5000
const profiledMs = 5000

/** Runs a contender under load at one shape, and prints where its CPU time goes, by package. */
export async function profile({ orders, contenders, base }: Wanted, shape: Shape): Promise<void> {
  const database = await openBenchDatabase(orders)
  try {
    const ground = { database: database.urls, poolSize, sample: database.sample, base }
    const lineUp = await startLineUp(contenders, [shape], ground, orders)
    try {
      const cpu = await DatabaseCpu.on(database.client)
      for (const runner of lineUp.runners) await profileOne(runner, shape, cpu)
    } finally {
      await lineUp.stop()
      await database.reset()
    }
  } finally {
    await database.stop()
  }
}

async function profileOne({ contender, process, askers }: Runner, shape: Shape, database: DatabaseCpu): Promise<void> {
  const asker = askers.get(shape)
  if (!asker) return
  await asker.load(connections, warmUpMs, database)
  // Sampling costs time, so the cost of a request is measured without it.
  const spell = await asker.load(connections, profiledMs, database)
  const cpuMicros = spell.cpuMicros / spell.requests
  await process.startProfile()
  await asker.load(connections, profiledMs, database)
  const path = await process.stopProfile()
  const recorded = cpuProfile.parse(JSON.parse(await readFile(path, 'utf8')))
  const databaseMicros = Math.round(spell.databaseMicros / spell.requests)
  console.log(
    `\n${contender.name}, ${shape}: ${Math.round(cpuMicros)} CPU µs a request; the database ${databaseMicros}\n`,
  )
  print('by package, self time', selfTimes(recorded, packageOf), cpuMicros, 40)
  print('by function, self time', selfTimes(recorded, functionOf), cpuMicros, 25)
  console.log(`The whole profile, for a browser's tools: ${relative('.', path)}`)
}

const callFrame = z.object({ functionName: z.string(), url: z.string(), lineNumber: z.number() })
const cpuProfile = z.object({
  nodes: z.array(z.object({ id: z.number(), callFrame })),
  samples: z.array(z.number()),
  timeDeltas: z.array(z.number()),
})
type CallFrame = z.infer<typeof callFrame>

/** Each part's share of the time in which the process worked, measurement excluded. */
function selfTimes({ nodes, samples, timeDeltas }: z.infer<typeof cpuProfile>, partOf: (frame: CallFrame) => string) {
  const parts = new Map(
    nodes
      .filter(({ callFrame }) => callFrame.functionName !== '(idle)' && callFrame.url !== 'node:inspector')
      .map(({ id, callFrame }) => [id, partOf(callFrame)]),
  )
  const times = new Map<string, number>()
  let busy = 0
  samples.forEach((id, index) => {
    const part = parts.get(id)
    if (part === undefined) return
    // A sample stands for the time until the next one.
    const micros = timeDeltas[index + 1] ?? 0
    busy += micros
    times.set(part, (times.get(part) ?? 0) + micros)
  })
  return [...times].map(([part, micros]) => ({ part, share: micros / busy })).sort((a, b) => b.share - a.share)
}

const meanings: Record<string, string> = {
  '(garbage collector)': 'garbage collection',
  '(program)': 'native code outside JavaScript',
}
const root = new URL('..', import.meta.url).href

/** A package, a file of the project (`src/platform/graphql/shield.ts`), or a part of Node. */
function packageOf({ functionName, url }: CallFrame): string {
  if (url === '') return meanings[functionName] ?? 'native functions of JavaScript'
  // `node:internal/streams` as a whole, not each of its files.
  if (url.startsWith('node:')) return url.split('/').slice(0, 2).join('/')
  const inPackage = url.match(/.*\/node_modules\/((?:@[^/]+\/)?[^/]+)\//)?.[1]
  if (inPackage) return inPackage
  return url.startsWith(root) ? url.slice(root.length) : 'compiled at run time'
}

function functionOf(frame: CallFrame): string {
  return `${frame.functionName || '(anonymous)'}  ${packageOf(frame)}:${frame.lineNumber + 1}`
}

function print(
  title: string,
  times: readonly { part: string; share: number }[],
  cpuMicros: number,
  most: number,
): void {
  console.log(`${title.padEnd(62)} ${'share'.padStart(7)} ${'µs'.padStart(7)}`)
  for (const { part, share } of times.slice(0, most)) {
    if (share < 0.002) break
    const percent = `${(share * 100).toFixed(1)} %`
    console.log(`${part.padEnd(62)} ${percent.padStart(7)} ${(share * cpuMicros).toFixed(1).padStart(7)}`)
  }
  console.log()
}
