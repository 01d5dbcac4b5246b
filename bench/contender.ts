import type { DatabaseUrls } from '../src/platform/database/urls.ts'
import type { Entry } from './contender-process.ts'
import type { Sample } from './database.ts'
import type { ContenderName, Shape } from './names.ts'

/** Where a contender runs and what it may use: the same for all, except for its role. */
export interface Ground {
  database: DatabaseUrls
  poolSize: number
  sample: Sample
  /** The root of the other checkout, for the contender of this name. */
  base: string
}

export interface Question {
  document: string
  operationName: string
  /** The variables of the n-th request. The n-th requests of all contenders ask for the same data. */
  variables?: (turn: number) => object
  /** For a GET: what names the document in the query string. */
  get?: Record<string, string>
  /** The credential of the n-th request, where it is not the contender's. */
  authorization?: (turn: number) => string
}

export interface Contender {
  name: ContenderName
  entry: Entry
  headers: Record<string, string>
  /** For every shape except the far page, which needs a cursor of the contender's own. */
  question(shape: Exclude<Shape, 'page'>): Question
  /** The shapes that it can express; undefined for all. */
  shapes?: readonly Shape[]
  page(after: string): Question
  /** A hundred rows of the list that has the page, and the cursor of the last one. */
  walk(after: string | undefined): Question
  endCursor(data: unknown): string
  /** The data of a response in the form of Frontdoor's. */
  inOneForm(shape: Shape, data: unknown): unknown
}

/** The values of each turn. Each contender puts them into its own documents. */
export function orderOf(turn: number, { customerIds, productIds }: Sample) {
  const product = (place: number) => productIds[(turn * 7 + place * 101) % productIds.length] ?? ''
  return {
    customerId: customerIds[turn % customerIds.length] ?? '',
    lines: [1, 2, 3].map((place) => ({ productId: product(place), quantity: place + (turn % 3) })),
    shipTo: {
      recipient: 'Ada Example',
      street: '1 Bench Street',
      city: 'Berlin',
      region: 'BE',
      postalCode: '10115',
      country: 'DE',
    },
  }
}

export function skuOf(turn: number, { skus }: Sample): string {
  return skus[turn % skus.length] ?? ''
}

export function customerOf(turn: number, { customerIds }: Sample): string {
  return customerIds[turn % customerIds.length] ?? ''
}

/** What a person has typed of a word: its first two letters, four, or all of it. No character is one of LIKE's own. */
export function wordOf(turn: number, { words }: Sample): string {
  const word = words[Math.floor(turn / 3) % words.length] ?? ''
  return word.slice(0, [2, 4, word.length][turn % 3])
}

export function statusOf(turn: number): string {
  return ['PLACED', 'PAID', 'CANCELLED'][turn % 3] ?? ''
}

/** Ten ids of each of five types. */
export function nodesOf(turn: number, { productIds, customerIds, supplierIds, orderIds, lineIds }: Sample) {
  const ten = (ids: readonly string[]) =>
    Array.from({ length: 10 }, (_, place) => ids[(turn * 10 + place) % ids.length] ?? '')
  return {
    Product: ten(productIds),
    Customer: ten(customerIds),
    Supplier: ten(supplierIds),
    Order: ten(orderIds),
    OrderLine: ten(lineIds),
  }
}
