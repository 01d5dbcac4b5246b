import { deepStrictEqual } from 'node:assert'
import type pg from 'pg'
import { z } from 'zod'
import { answers } from './answers.ts'
import type { Runner } from './line-up.ts'
import { RequestFailed } from './load.ts'
import { type Shape, shapeTitles } from './names.ts'

/** The turns that are compared. The other turns ask the same with other values. */
const comparedTurns = [0, 1, 2]
const orderNumber = z.number()

/** Fails where contenders respond or write differently. */
export async function checkAgreement(
  runners: readonly Runner[],
  shapes: readonly Shape[],
  client: pg.Client,
): Promise<void> {
  for (const shape of shapes) {
    const [first, ...others] = runners.filter(({ askers }) => askers.has(shape))
    if (!first) continue
    for (const turn of comparedTurns) {
      const expected = await unlessFailed(() => answerOf(first, shape, turn, client))
      if (expected === undefined) continue
      for (const other of others) {
        const actual = await unlessFailed(() => answerOf(other, shape, turn, client))
        if (actual === undefined) continue
        const names: string = `${first.contender.name} and ${other.contender.name}`
        deepStrictEqual(actual, expected, `${names} do not agree: ${shapeTitles[shape]}, turn ${turn}`)
      }
    }
  }
  console.error(`All ${runners.length} agree on ${shapes.length} shapes.`)
}

/** A contender that fails is not compared: the measurement reports its failure. */
async function unlessFailed(work: () => Promise<unknown>): Promise<unknown> {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof RequestFailed)) throw error
    console.error(error.message)
    return undefined
  }
}

async function answerOf(runner: Runner, shape: Shape, turn: number, client: pg.Client): Promise<unknown> {
  if (shape !== 'place') return inOneForm(runner, shape, await ask(runner, shape, turn))
  const before = await written(client)
  const data = await ask(runner, shape, turn)
  const after = await written(client)
  const numbers = [numberOf(runner, data), numberOf(runner, await ask(runner, shape, turn))]
  return {
    answer: inOneForm(runner, shape, data),
    written: after.map((count, index) => count - (before[index] ?? 0)),
    // A second call with the same key returns the same order and writes nothing.
    isSafeToRetry: numbers[0] === numbers[1] && String(await written(client)) === String(after),
  }
}

async function ask({ askers }: Runner, shape: Shape, turn: number): Promise<unknown> {
  return askers.get(shape)?.ask(turn)
}

function inOneForm({ contender }: Runner, shape: Shape, data: unknown): unknown {
  const parsed = answers[shape].safeParse(contender.inOneForm(shape, data))
  if (parsed.success) return parsed.data
  throw new Error(`${contender.name} answers ${shape} in another form: ${z.prettifyError(parsed.error)}`)
}

function numberOf({ contender }: Runner, data: unknown): number {
  const { orderPlace } = z
    .object({ orderPlace: z.object({ order: z.object({ number: orderNumber }) }) })
    .parse(contender.inOneForm('place', data))
  return orderPlace.order.number
}

const counts = z.tuple([z.array(z.coerce.number())])

/** Orders, lines, events, keys with an outcome, reserved units. */
async function written(client: pg.Client): Promise<number[]> {
  const { rows } = await client.query({
    rowMode: 'array',
    text: `select (select count(*) from commerce.so_header), (select count(*) from commerce.so_line),
      (select count(*) from platform.pf_outbox),
      (select count(*) from platform.pf_idempotency where outcome_doc ? 'order'),
      (select sum(qty_reserved) from commerce.md_product)`,
  })
  return counts.parse(rows)[0]
}
