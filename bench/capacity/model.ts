import type { Shape } from '../names.ts'

/** What one request takes, in microseconds of CPU. */
export interface Cost {
  server: number
  database: number
}

/** A load: requests a second, and the share of each shape. */
export interface Load {
  perSecond: number
  shares: ReadonlyMap<Shape, number>
}

/** What the load runs on. */
export interface Machines {
  /** How many times as fast a core is as one of the machine that measured the costs. */
  speed: number
  /** Cores of the database's primary, and of each of its replicas. */
  databaseCores: number
  /** From a server to the database and back, in milliseconds. */
  roundTripMs: number
}

export interface Capacity {
  cost: Cost
  /** Cores that the servers keep busy. */
  serverCores: number
  /** Processes of the server. */
  replicas: number
  /** Cores that the primary would keep busy if it served everything. */
  databaseCores: number
  writesPerSecond: number
  readReplicas: number
  /** Share of the primary that is busy, with the read replicas. */
  primaryBusy: number
  /** `DATABASE_POOL_SIZE` of each process, and of all together. */
  poolSize: number
  connections: number
  redisBusy: number
  redisMegabytes: number
  eventsPerSecond: number
  relayBusy: number
  /** What is busy, as a share of its most, the busiest first. */
  saturation: readonly (readonly [name: string, share: number])[]
}

/** A process executes on one thread. Above this share requests wait for each other more than they run. */
const busyShare = 0.65
/** Shapes that write. Each commits one transaction with one event for each row that it tells of. */
const writing: ReadonlySet<Shape> = new Set(['place'])
/** Events of an order: it was placed, and stock was reserved for three lines. */
const eventsOfWrite = 4
/** A streaming replica spends about this part of what a write costs its primary on replaying it. */
const replayShare = 0.3
/** One script in Redis for each request, measured with INFO commandstats and what the connection adds, in microseconds. */
const redisMicros = 50
/** Of a bucket: its key and two numbers. */
const bucketBytes = 200
/** Events a second that one relay publishes. */
const relayMost = 5000
/** Connections that PostgreSQL serves well without a pooler, for each of its cores. */
const connectionsOfCore = 25

function costOf({ shares }: Load, costs: ReadonlyMap<Shape, Cost>): Cost {
  const total = sumOf(shares.values())
  const part = (of: (cost: Cost) => number) =>
    sumOf([...shares].map(([shape, share]) => (share / total) * of(costs.get(shape) ?? { server: 0, database: 0 })))
  return { server: part(({ server }) => server), database: part(({ database }) => database) }
}

export function capacityFor(
  load: Load,
  { speed, databaseCores: coresOfDatabase, roundTripMs }: Machines,
  costs: ReadonlyMap<Shape, Cost>,
  principals: number,
): Capacity {
  const { server, database } = costOf(load, costs)
  const cost = { server: server / speed, database: database / speed }
  const total = sumOf(load.shares.values())
  const writes = [...load.shares].filter(([shape]) => writing.has(shape))
  const writesPerSecond = (load.perSecond * sumOf(writes.map(([, share]) => share))) / total
  const writeCores =
    (load.perSecond * sumOf(writes.map(([shape, share]) => (share / total) * (costs.get(shape)?.database ?? 0)))) /
    (1e6 * speed)
  const serverCores = (load.perSecond * cost.server) / 1e6
  const databaseCores = (load.perSecond * cost.database) / 1e6
  const replicas = Math.max(2, Math.ceil(serverCores / busyShare))
  const readReplicas = replicasFor(databaseCores - writeCores, writeCores, coresOfDatabase * busyShare)
  const onPrimary = readReplicas === 0 ? databaseCores : writeCores
  const primaryBusy = onPrimary / coresOfDatabase
  // Little's law: what is under way is the rate times the time that each takes.
  const queued = 1 / (1 - Math.min(0.9, primaryBusy))
  const statementSeconds = (cost.database * queued) / 1e6 + roundTripMs / 1000
  const underWay = (load.perSecond / replicas) * statementSeconds
  const poolSize = Math.max(5, Math.ceil(underWay * 3))
  const eventsPerSecond = writesPerSecond * eventsOfWrite
  const redisBusy = (load.perSecond * redisMicros) / 1e6 / speed
  const connections = poolSize * replicas
  const relayBusy = eventsPerSecond / (relayMost * speed)
  const saturation = (
    [
      ['processes of the server', serverCores / replicas],
      ['CPU of the primary', primaryBusy],
      ['connections of the primary without a pooler', connections / (connectionsOfCore * coresOfDatabase)],
      ['Redis (one thread)', redisBusy],
      ['the relay to NATS', relayBusy],
    ] as const
  ).toSorted(([, one], [, other]) => other - one)
  return {
    cost,
    serverCores,
    replicas,
    databaseCores,
    writesPerSecond,
    readReplicas,
    primaryBusy,
    poolSize,
    connections,
    redisBusy,
    redisMegabytes: (principals * bucketBytes) / 2 ** 20,
    eventsPerSecond,
    relayBusy,
    saturation,
  }
}

/** Read replicas, so that none is busier than `mostBusy` cores. Each replays all writes. */
function replicasFor(readCores: number, writeCores: number, mostBusy: number): number {
  if (readCores + writeCores <= mostBusy) return 0
  const left = mostBusy - writeCores * replayShare
  if (left <= 0) return Number.POSITIVE_INFINITY
  return Math.ceil(readCores / left)
}

/** The most requests a second of this many processes where servers, database and load share the cores of one machine. */
export function peakOnOneMachine(cost: Cost & { generator: number }, replicas: number, cores: number): number {
  const ofThreads = (replicas * 1e6) / cost.server
  const ofMachine = (cores * 1e6) / (cost.server + cost.database + cost.generator)
  return Math.min(ofThreads, ofMachine)
}

function sumOf(values: Iterable<number>): number {
  return [...values].reduce((sum, value) => sum + value, 0)
}
