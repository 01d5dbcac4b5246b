import { randomInt } from 'node:crypto'
import fc from 'fast-check'

/** Of all that is random here: RANDOM_SEED runs it again. */
export const seed = Number(process.env.RANDOM_SEED ?? randomInt(2 ** 31))

export type Draw = fc.GeneratorValue

/** One of these, each as likely as the others. */
export function oneOf<Items extends readonly unknown[]>(draw: Draw, ...items: Items): Items[number] {
  for (const item of items.slice(draw(index, items.length))) return item
  throw new Error('there is nothing to choose from')
}

/** Known by the number of items alone: fast-check looks its arbitraries up by all that they were made of. */
const index = (count: number) => fc.noBias(fc.nat({ max: count - 1 }))
