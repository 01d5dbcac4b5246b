import { randomInt } from 'node:crypto'
import fc from 'fast-check'

/** The seed of everything random here; RANDOM_SEED sets it. */
export const seed = Number(process.env.RANDOM_SEED ?? randomInt(2 ** 31))

export type Draw = fc.GeneratorValue

/** One of these, with equal probability. */
export function oneOf<Items extends readonly unknown[]>(draw: Draw, ...items: Items): Items[number] {
  for (const item of items.slice(draw(index, items.length))) return item
  throw new Error('there is nothing to choose from')
}

/** Keyed by the number of items only, because fast-check looks arbitraries up by all of their arguments. */
const index = (count: number) => fc.noBias(fc.nat({ max: count - 1 }))
