import { randomUUID } from 'node:crypto'
import type { Contender, Ground, Question } from './contender.ts'
import { ContenderProcess } from './contender-process.ts'
import { base, cached, frontdoor, traced } from './frontdoor/frontdoor.ts'
import { type Issuer, startIssuer } from './frontdoor/issuer.ts'
import { Asker } from './load.ts'
import type { ContenderName, Shape } from './names.ts'
import { plain } from './plain/plain.ts'
import { postgraphile } from './postgraphile/postgraphile.ts'
import { sql } from './sql/sql.ts'

/** A running contender, and the requests it gets. */
export interface Runner {
  contender: Contender
  process: ContenderProcess
  askers: ReadonlyMap<Shape, Asker>
}

export interface LineUp {
  runners: readonly Runner[]
  /** The number of the far page; smaller with few orders. */
  pageNumber: number
  stop(): Promise<void>
}

const pageSize = 20
const walkSize = 100
const wantedPage = 500
/** More than this many of a hundred orders are delivered. */
const deliveredShare = 0.7

/** Starts the contenders one after the other on the same database. Each walks to the far page once. */
export async function startLineUp(
  names: readonly ContenderName[],
  shapes: readonly Shape[],
  ground: Ground,
  orders: number,
): Promise<LineUp> {
  const issuer = await startIssuer()
  const runners: Runner[] = []
  const stop = async () => {
    await Promise.all(runners.map(({ process }) => process.stop()))
    issuer.stop()
  }
  const walks = Math.max(
    1,
    Math.min((wantedPage * pageSize) / walkSize, Math.floor((orders * deliveredShare) / walkSize) - 1),
  )
  const runKey = randomUUID()
  try {
    for (const name of names) {
      console.error(`Starting ${name}.`)
      const contender = await contenderOf(name, ground, issuer, runKey)
      const server = await ContenderProcess.start(name, contender.entry)
      const runner = { contender, process: server, askers: new Map<Shape, Asker>() }
      runners.push(runner)
      for (const shape of shapes.filter((shape) => contender.shapes?.includes(shape) ?? true)) {
        const question = shape === 'page' ? await pageQuestion(runner, walks) : contender.question(shape)
        runner.askers.set(shape, new Asker(contender, server, question))
      }
    }
    return { runners, pageNumber: (walks * walkSize) / pageSize + 1, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

async function contenderOf(name: ContenderName, ground: Ground, issuer: Issuer, runKey: string): Promise<Contender> {
  switch (name) {
    case 'frontdoor':
      return frontdoor(ground, issuer, runKey)
    case 'cached':
      return cached(ground, issuer, runKey)
    case 'base':
      return base(ground, issuer, runKey, ground.base)
    case 'traced':
      return traced(ground, issuer, runKey)
    case 'postgraphile':
      return postgraphile(ground, runKey)
    case 'sql':
      return sql(ground, runKey)
    case 'plain':
      return plain(ground, runKey)
  }
}

async function pageQuestion(
  { contender, process }: Pick<Runner, 'contender' | 'process'>,
  walks: number,
): Promise<Question> {
  let after: string | undefined
  for (let walked = 0; walked < walks; walked++) {
    after = contender.endCursor(await new Asker(contender, process, contender.walk(after)).ask(0))
  }
  return contender.page(after ?? '')
}
