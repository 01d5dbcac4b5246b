import { uuidV7 } from '../uuid-v7.ts'

export type NonEmpty<T> = readonly [T, ...T[]]

const streams = { supplier: 1, category: 2, product: 3, carrier: 4, arrival: 5, customer: 6, order: 7, movement: 8 }
const seed = 0x46_44_4f_52
const warmUps = 12

/**
 * Repeatable random numbers: "sfc32" of Chris Doty-Humphrey's PractRand. The numbers of an object depend on its kind
 * and index only, so order 7 is the same in a run of ten and in a run of ten million. Nothing here calls `Math.pow` or
 * `Math.exp`, whose last bits differ between engines.
 */
export class Random {
  #a: number
  #b: number
  #c: number
  #counter = 1

  constructor(kind: keyof typeof streams, index: number) {
    this.#a = index | 0
    this.#b = streams[kind]
    this.#c = seed
    for (let round = 0; round < warmUps; round += 1) this.#next()
  }

  /** A whole number from `low` to `high`, both included. */
  integer(low: number, high: number): number {
    return low + Math.floor(this.#unit() * (high - low + 1))
  }

  /** A whole number from `low` to `high`, with low numbers more often; a higher power makes them more frequent. */
  skewed(low: number, high: number, power: 2 | 3): number {
    const unit = this.#unit()
    return low + Math.floor((power === 2 ? unit * unit : unit * unit * unit) * (high - low + 1))
  }

  chance(probability: number): boolean {
    return this.#unit() < probability
  }

  pick<T>(items: NonEmpty<T>): T {
    return items[Math.floor(this.#unit() * items.length)] ?? items[0]
  }

  /** One of the items, with its weight as probability. The weights sum up to 100. */
  weighted<T extends { readonly weight: number }>(items: NonEmpty<T>): T {
    let left = this.#unit() * 100
    for (const item of items) {
      left -= item.weight
      if (left < 0) return item
    }
    return items[0]
  }

  /** Milliseconds since 1970 in between, from two numbers, because three years have more than 2^32 milliseconds. */
  time(from: number, to: number): number {
    const fine = (this.#next() + this.#unit()) / 0x1_0000_0000
    return from + Math.floor(fine * (to - from))
  }

  /** `#` stands for a digit, `@` for a capital letter. */
  pattern(pattern: string): string {
    return pattern.replace(/[#@]/g, (place) =>
      place === '#' ? String(this.integer(0, 9)) : String.fromCharCode(this.integer(65, 90)),
    )
  }

  id(milliseconds: number): string {
    return uuidV7(milliseconds, this.#next(), this.#next(), this.#next())
  }

  /** At least 0, less than 1. */
  #unit(): number {
    return this.#next() / 0x1_0000_0000
  }

  #next(): number {
    const result = (((this.#a + this.#b) | 0) + this.#counter) | 0
    this.#counter = (this.#counter + 1) | 0
    this.#a = this.#b ^ (this.#b >>> 9)
    this.#b = (this.#c + (this.#c << 3)) | 0
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + result) | 0
    return result >>> 0
  }
}

/** The words of a text, separated by `|`. */
export function words(text: string): NonEmpty<string> {
  const [first = '', ...others] = text.split('|')
  return [first, ...others]
}
