import { parseArgs } from 'node:util'
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
  /** How this run was asked for, for the report. */
  command: string
}

const usage = `npm run bench -- [options]

  --quick                 short spells and three rounds: a rough answer in two minutes
  --orders N              orders in the database (100000)
  --rounds N              rounds (5)
  --only shape,shape      ${shapes.join(', ')}
  --contenders a,b        ${contenderNames.join(', ')}; and, only where it is named, ${namedOnly.join(', ')}
  --profile shape         where a contender (frontdoor, or that of --contenders) spends its time at this shape
  --help                  this
`

const options = {
  quick: { type: 'boolean' },
  orders: { type: 'string' },
  rounds: { type: 'string' },
  only: { type: 'string' },
  contenders: { type: 'string' },
  profile: { type: 'string' },
  help: { type: 'boolean' },
} as const

/** What the command line asks for; undefined where it only asked for help. Throws what is wrong with it. */
export function readArguments(): Wanted | undefined {
  const { values } = parseArgs({ options })
  if (values.help) return console.log(usage) ?? undefined
  const quick = values.quick ?? false
  const profile = values.profile === undefined ? undefined : oneOf(shapes, values.profile)
  const everyContender = profile ? (['frontdoor'] as const) : contenderNames
  return {
    orders: whole('--orders', values.orders, 100_000),
    rounds: whole('--rounds', values.rounds, quick ? 3 : 5),
    spellMs: quick ? 350 : 1000,
    warmUpMs: quick ? 1000 : 2000,
    shapes: values.only === undefined ? shapes : values.only.split(',').map((name) => oneOf(shapes, name)),
    contenders:
      values.contenders === undefined
        ? everyContender
        : values.contenders.split(',').map((name) => oneOf([...contenderNames, ...namedOnly], name)),
    profile,
    command: ['npm run bench', ...(process.argv.length > 2 ? ['--', ...process.argv.slice(2)] : [])].join(' '),
  }
}

function whole(name: string, text: string | undefined, otherwise: number): number {
  if (text === undefined) return otherwise
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text)
  throw new Error(`${name} takes a whole number from 1 up.`)
}

function oneOf<T extends string>(known: readonly T[], text: string): T {
  const found = known.find((name) => name === text.trim())
  if (found) return found
  throw new Error(`There is no "${text}"; there are ${known.join(', ')}.`)
}
