import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { foldedText } from '../../src/platform/database/folded-text.ts'
import { createWorld, type World } from '../support/world.ts'
import { rowsRead } from './support/explain.ts'
import { addManyProducts } from './support/many-products.ts'

let world: World
beforeAll(async () => {
  world = await createWorld()
})
afterAll(() => world.close())

/** Every character before the symbols: all alphabets with accents, and combining marks. */
const characters = Array.from({ length: 0x2000 - 1 }, (_, index) => String.fromCodePoint(index + 1))
/** Words with marks in several places, and texts in which the order of the steps counts. */
const texts = [
  'Côte',
  'co\u0302te',
  'ǿ',
  'Ǣ',
  'Tiếng Việt',
  'a\u0323\u0302\u0307',
  'Łódź',
  'Straße',
  '한국어',
  'が',
  'Ё',
  '\u0301',
]

describe('a column of folded texts', () => {
  it.each(['md_product', 'crm_customer'])('of %s has what the server searches for', async (table) => {
    const [column] = await world.rowsOf(
      `select pg_get_expr(d.adbin, d.adrelid) as made from pg_attrdef d join pg_attribute a on a.attrelid = d.adrelid
       and a.attnum = d.adnum where d.adrelid = 'commerce.${table}'::regclass and a.attname = 'nm_folded'`,
      z.object({ made: z.string() }),
    )
    const all = [...characters, ...texts]
    const rows = await world.client.$queryRawUnsafe(
      `select ${column?.made} as folded from unnest($1::text[]) as t(nm)`,
      all,
    )
    expect(rows).toEqual(all.map((text) => ({ folded: foldedText(text) })))
  })
})

describe('a search in names', () => {
  const many = 5000
  beforeAll(async () => {
    await world.client.$executeRawUnsafe(
      `insert into commerce.crm_customer (uid, cust_cd, kind_cd, nm, email_addr, home_ctry)
       select gen_random_uuid(), 'M' || n, 'COMPANY', 'Maison ' || md5(n::text), n || '@example.com', 'FR' from generate_series(1, ${many}) n`,
    )
    await addManyProducts(world, many)
    // Also moves new entries of the index to their place, as autovacuum does.
    await world.client.$executeRawUnsafe('vacuum (analyze) commerce.crm_customer, commerce.md_product')
  })

  it.each([
    ['products', 'md_product', 'cote', 'Côte de Blaye'],
    ['customers', 'crm_customer', 'KÖNIGLICH', 'Königlich Essen'],
  ])('of many %s reads from %s only those with %s in their name', async (list, table, text, name) => {
    const query = `query ($text: String!) { ${list}(filter: { nameContains: $text }) { edges { node { name } } } }`
    let answered: unknown
    const [statement, ...others] = await world.statementsOf(async () => {
      answered = (await world.as('admin').query(query, { text })).data
    })
    expect(answered).toEqual({ [list]: { edges: [{ node: { name } }] } })
    expect(others).toEqual([])
    expect(statement && (await rowsRead(world.databaseUrl, statement, table))).toBe(1)
  })
})
