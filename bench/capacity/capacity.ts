import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { countOption, readOptions, runScript, UsageError } from '../../scripts/run-script.ts'
import { type Shape, shapes } from '../names.ts'
import { checkPrediction } from './check.ts'
import { type Capacity, type Cost, capacityFor, type Load } from './model.ts'

const usage = `npm run capacity -- --rps 20000                                   what a load takes, from the costs in bench/results.json
npm run capacity -- --rps 20000 --mix list=8,product=5,orders20=6,place=1   shares of the shapes of npm run bench
npm run capacity -- --rps 20000 --database-cores 32 --speed 2 --rtt 0.5 --principals 100000
npm run capacity -- --check                                       predicts the peak of one and two processes here, and measures it

  --mix             ${shapes.join(', ')}
  --database-cores  cores of the primary and of each read replica (16)
  --speed           how many times as fast a core is as one of the machine that measured the costs (1)
  --rtt             from a server to the database and back, in milliseconds (0.5)
  --principals      viewers and addresses with a bucket in Redis (100000)`

const usualMix = 'list=40,product=25,orders20=15,own=10,search=5,place=5'
const results = z.object({
  shapes: z.record(
    z.string(),
    z.object({ cpuMicros: z.object({ frontdoor: z.number() }), databaseMicros: z.object({ frontdoor: z.number() }) }),
  ),
})

await runScript(usage, async () => {
  const given = readOptions({
    rps: { type: 'string' },
    mix: { type: 'string' },
    'database-cores': { type: 'string' },
    speed: { type: 'string' },
    rtt: { type: 'string' },
    principals: { type: 'string' },
    check: { type: 'boolean' },
  })
  if (given.check) return checkPrediction()
  if (given.rps === undefined)
    throw new UsageError('--rps says how many requests a second, or --check predicts and measures.')
  const load: Load = { perSecond: countOption('--rps', given.rps, 0), shares: sharesIn(given.mix ?? usualMix) }
  const machines = {
    speed: numberOption('--speed', given.speed, 1),
    databaseCores: countOption('--database-cores', given['database-cores'], 16),
    roundTripMs: numberOption('--rtt', given.rtt, 0.5),
  }
  const principals = countOption('--principals', given.principals, 100_000)
  print(load, machines.databaseCores, capacityFor(load, machines, measuredCosts(), principals))
})

function measuredCosts(): ReadonlyMap<Shape, Cost> {
  const text = readFileSync(join(import.meta.dirname, '../results.json'), 'utf8')
  const measured = results.parse(JSON.parse(text)).shapes
  return new Map(
    shapes.flatMap((shape) => {
      const of = measured[shape]
      return of ? [[shape, { server: of.cpuMicros.frontdoor, database: of.databaseMicros.frontdoor }] as const] : []
    }),
  )
}

function sharesIn(text: string): ReadonlyMap<Shape, number> {
  return new Map(
    text.split(',').map((part) => {
      const [name = '', share = ''] = part.split('=')
      const shape = shapes.find((each) => each === name.trim())
      if (!shape || !/^\d+(\.\d+)?$/.test(share)) throw new UsageError('--mix takes shares: list=40,product=25')
      return [shape, Number(share)] as const
    }),
  )
}

function numberOption(name: string, text: string | undefined, otherwise: number): number {
  if (text === undefined) return otherwise
  if (/^\d+(\.\d+)?$/.test(text) && Number(text) > 0) return Number(text)
  throw new UsageError(`${name} takes a number above 0.`)
}

function print({ perSecond, shares }: Load, coresOfDatabase: number, capacity: Capacity): void {
  const { cost, saturation } = capacity
  const total = [...shares.values()].reduce((sum, share) => sum + share, 0)
  const mix = [...shares].map(([shape, share]) => `${shape} ${((100 * share) / total).toFixed(0)} %`).join(', ')
  console.log(`${whole(perSecond)} requests a second: ${mix}\n`)
  const rows: [string, string][] = [
    ['CPU of a request', `server ${whole(cost.server)} µs, database ${whole(cost.database)} µs`],
    ['processes of the server', `${capacity.replicas} (${capacity.serverCores.toFixed(1)} cores busy)`],
    ['DATABASE_POOL_SIZE', `${capacity.poolSize}, ${capacity.connections} connections together`],
    ['database', `${capacity.databaseCores.toFixed(1)} cores busy, ${whole(capacity.writesPerSecond)} writes a second`],
    ['read replicas', readReplicas(capacity, coresOfDatabase)],
    ['Redis', `${percent(capacity.redisBusy)} of its thread, ${capacity.redisMegabytes.toFixed(0)} MB`],
    ['NATS', `${whole(capacity.eventsPerSecond)} events a second, ${percent(capacity.relayBusy)} of one relay`],
  ]
  for (const [name, value] of rows) console.log(`${name.padEnd(26)}${value}`)
  console.log('\nwhat saturates first, as a share of what it can:')
  for (const [name, share] of saturation) console.log(`  ${percent(share).padStart(6)}  ${name}`)
}

function readReplicas({ readReplicas: count, primaryBusy }: Capacity, cores: number): string {
  if (!Number.isFinite(count))
    return `none suffices: writes alone need more than ${cores} cores; split the data (see docs/scale.md)`
  return `${count}, the primary is busy to ${percent(primaryBusy)} of ${cores} cores`
}

function whole(value: number): string {
  return Math.round(value).toLocaleString('en')
}

function percent(share: number): string {
  return `${Math.round(100 * share)} %`
}
