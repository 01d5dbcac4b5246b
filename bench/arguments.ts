import { resolve } from 'node:path'
import { countOption, readOptions, UsageError } from '../scripts/run-script.ts'
import { type ContenderName, contenderNames, namedOnly, type Shape, shapes } from './names.ts'

export interface Wanted {
  orders: number
  rounds: number
  /** How long one contender is measured at one shape and number of connections, in milliseconds. */
  spellMs: number
  warmUpMs: number
  shapes: readonly Shape[]
  contenders: readonly ContenderName[]
  profile: Shape | undefined
  /** The root of another checkout. */
  base: string
  /** The command line, for the report. */
  command: string
}

export const usage = `npm run bench -- [options]

  --quick                 short spells and three rounds: approximate figures in two minutes
  --orders N              orders in the database (100000)
  --rounds N              rounds (5)
  --only shape,shape      ${shapes.join(', ')}
  --contenders a,b        ${contenderNames.join(', ')}; and, only when named, ${namedOnly.join(', ')}
  --base folder           the checkout of the contender "base", with its packages installed
  --profile shape         CPU time of a contender (frontdoor, or that of --contenders) at this shape, by package
  --help                  this`

const options = {
  quick: { type: 'boolean' },
  orders: { type: 'string' },
  rounds: { type: 'string' },
  only: { type: 'string' },
  contenders: { type: 'string' },
  profile: { type: 'string' },
  base: { type: 'string' },
} as const

/** Reads the command line. Throws a UsageError. */
export function readArguments(): Wanted {
  const values = readOptions(options)
  const quick = values.quick ?? false
  const profile = values.profile === undefined ? undefined : oneOf(shapes, values.profile)
  const everyContender = profile ? (['frontdoor'] as const) : contenderNames
  return {
    orders: countOption('--orders', values.orders, 100_000),
    rounds: countOption('--rounds', values.rounds, quick ? 3 : 5),
    spellMs: quick ? 350 : 1000,
    warmUpMs: quick ? 1000 : 2000,
    shapes: values.only === undefined ? shapes : values.only.split(',').map((name) => oneOf(shapes, name)),
    contenders:
      values.contenders === undefined
        ? everyContender
        : values.contenders.split(',').map((name) => oneOf([...contenderNames, ...namedOnly], name)),
    profile,
    base: resolve(values.base ?? '.'),
    command: ['npm run bench', ...(process.argv.length > 2 ? ['--', ...process.argv.slice(2)] : [])].join(' '),
  }
}

function oneOf<T extends string>(known: readonly T[], text: string): T {
  const found = known.find((name) => name === text.trim())
  if (found) return found
  throw new UsageError(`There is no "${text}"; there are ${known.join(', ')}.`)
}
