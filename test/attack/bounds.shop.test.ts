import { readFile } from 'node:fs/promises'
import { platform } from 'node:os'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { call, graphql, outcome } from '../platform/support/call.ts'
import { Canary } from '../support/canary.ts'
import { createEnvironment, type Environment } from '../support/environment.ts'
import { ServerProcess } from '../support/server-process.ts'

// The other tests of this folder send each attack once. Here they come in numbers, at a process with its own memory.

/** Both bounds are far above the usual values: some milliseconds, and some 50 MiB. */
const answeredWithinMs = 5000
const growthMiB = 200
const times = Number(process.env.FLOOD_TIMES ?? 10)

const repeat = (count: number, part: (index: number) => string) =>
  Array.from({ length: count }, (_, index) => part(index)).join(' ')
const ring = 'fragment A on Query { ...B } fragment B on Query { ...A }'
const doubled = repeat(12, (at) => `fragment F${at} on Order { a: customer { id } ...F${at + 1} ...F${at + 1} }`)
const documents: [of: string, query: (round: number) => string][] = [
  ['aliases', (round) => `{ ${repeat(8000, (at) => `a${round}${at}: __typename`)} }`],
  ['depth', (round) => `{ ${'viewer {'.repeat(3000)} a${round}: id ${'}'.repeat(3000)} }`],
  ['directives', (round) => `{ viewer { kind ${repeat(2000, (at) => `@d${round}${at}`)} } }`],
  ['a ring of fragments', (round) => `{ a${round}: __typename ...A } ${ring}`],
  [
    'fragments that multiply',
    (round) => `{ a${round}: orders { edges { node { ...F0 } } } } ${doubled} fragment F12 on Order { id }`,
  ],
  [
    'rows',
    (round) => `{ ${repeat(30, (at) => `a${round}${at}: orders(first: 100) { edges { node { lines { id } } } }`)} }`,
  ],
  [
    'introspection',
    (round) => `{ ${repeat(30, (at) => `a${round}${at}: __schema { types { fields { args { type { name } } } } }`)} }`,
  ],
  ['what is no GraphQL', (round) => `{ viewer { "${'x'.repeat(100_000)}${round}`],
]
const bodies: [of: string, body: (round: number) => string | Buffer, expected: RegExp][] = [
  ['too many bytes', () => Buffer.alloc(270_000, 'a'), /^413/],
  ['a batch', (round) => JSON.stringify(Array(1000).fill({ query: `{ a${round}: __typename }` })), /^400/],
  ['deep JSON', () => '['.repeat(100_000), /^400/],
  ...documents.map(([of, query]): [string, (round: number) => string, RegExp] => [
    of,
    (round) => JSON.stringify({ query: query(round) }),
    /^4(?:00|22)/,
  ]),
]

let server: ServerProcess
let environment: Environment
beforeAll(async () => {
  environment = await createEnvironment('empty')
  const env = { ...environment.env, LOG_FORMAT: 'json', RATE_LIMIT_ANONYMOUS_CAPACITY: '1000000000' }
  server = await ServerProcess.open(env, await Canary.on(environment.url))
})
afterAll(async () => {
  await server[Symbol.asyncDispose]()
  await environment[Symbol.asyncDispose]()
})

/** The peak memory of the process, as Linux counts it. */
async function peakMiB(): Promise<number> {
  const status = await readFile(`/proc/${server.pid}/status`, 'utf8')
  return Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1]) / 1024
}

async function refusal(body: string | Buffer): Promise<string> {
  const late = new Promise<never>((_done, fail) => {
    setTimeout(() => fail(new Error(`no answer within ${answeredWithinMs} ms`)), answeredWithinMs).unref()
  })
  return outcome(await Promise.race([call(server.url, { headers: graphql, body }), late]))
}

describe.skipIf(platform() !== 'linux')('a flood at a separate server', () => {
  it.each(bodies)('of %s is refused each time, within the bound', async (_of, body, expected) => {
    for (let round = 0; round < times; round++) expect(await refusal(body(round))).toMatch(expected)
  })

  it('keeps its memory within bounds', async () => {
    // After the same floods once, so that compiled code and full caches are already there.
    const before = await peakMiB()
    for (let round = times; round < 2 * times; round++) {
      await Promise.all(bodies.map(([, body]) => refusal(body(round))))
    }
    expect((await peakMiB()) - before).toBeLessThan(growthMiB)
    expect(outcome(await call(server.url, { headers: graphql, body: '{"query":"{ __typename }"}' }))).toBe('200')
  })
})
