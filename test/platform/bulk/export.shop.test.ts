import { gunzipSync, zstdDecompressSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { answer, codesOf, createWorld, dataOf, type World } from '../../support/world.ts'
import { askExport, exportRows, exportText } from './support/export.ts'

let world: World
beforeAll(async () => {
  world = await createWorld()
})
afterAll(() => world.close())

const products = '{ products { edges { node { id name unitPrice { amount currency } } } } }'
const orders = `{ orders { edges { node { id number lines { quantity product { name } } } } } }`

const named = z.object({
  products: z.object({ edges: z.array(z.object({ node: z.record(z.string(), z.unknown()) })) }),
})

async function readPages(query: string, viewer = 'admin') {
  const nodes: unknown[] = []
  for (let after: string | null = null; ; ) {
    const page = await world
      .as(viewer)
      .query(`query ($after: String) { list: ${query.replace('ARGS', 'first: 100, after: $after')} }`, { after })
    const { list } = dataOf(
      page,
      z.object({
        list: z.object({
          edges: z.array(z.object({ node: z.record(z.string(), z.unknown()) })),
          pageInfo: z.object({ hasNextPage: z.boolean(), endCursor: z.string().nullable() }),
        }),
      }),
    )
    nodes.push(...list.edges.map(({ node }) => node))
    if (!list.pageInfo.hasNextPage) return nodes
    after = list.pageInfo.endCursor
  }
}

describe('an export as NDJSON', () => {
  it('has the nodes that the pages of the list have, in their order', async () => {
    const rows = await exportRows(world, 'anonymous', products)
    const { products: page } = dataOf(
      await world.as('anonymous').query(products.replace('{ edges', '(first: 100) { edges')),
      named,
    )
    expect(rows).toEqual(page.edges.map(({ node }) => node))
    expect(rows.length).toBeGreaterThan(70)
  })

  it('has every text as it is, and nulls', async () => {
    await using strange = await createWorld()
    const texts = ['"quoted"', 'back\\slash', 'line\nbreak\ttab', 'ümlaut € 😀', '\u0001\u007f\u2028', '', 'plain']
    await strange.client.$executeRaw`insert into commerce.md_category (uid, nm, descr_txt)
      select gen_random_uuid(), 'Strange ' || lpad(n::text, 4, '0'), (${texts}::text[])[n % 8 + 1] from generate_series(1, 300) n`
    const query = '{ categories { edges { node { __typename name description } } } }'
    const rows = await exportRows(strange, 'anonymous', query)
    const made = rows.filter(({ name }) => String(name).startsWith('Strange '))
    expect(made.map(({ description }) => description)).toEqual(
      Array.from({ length: 300 }, (_, at) => texts[(at + 1) % 8] ?? null),
    )
    expect(rows.every(({ __typename }) => __typename === 'Category')).toBe(true)
  })

  it('has values that come later, such as sums over other rows', async () => {
    const rows = await exportRows(world, 'admin', '{ products { edges { node { sku unitsSold } } } }')
    expect(rows).toHaveLength(77)
    expect(rows.reduce((sum, { unitsSold }) => sum + Number(unitsSold), 0)).toBe(51_317)
  })

  it('of 830 orders with their lines has whole lists', async () => {
    const selection = 'id number lines { quantity product { name } }'
    const rows = await exportRows(world, 'admin', orders)
    expect(rows).toHaveLength(830)
    expect(rows).toEqual(
      await readPages(`orders(ARGS) { edges { node { ${selection} } } pageInfo { hasNextPage endCursor } }`),
    )
  })

  it('takes a statement for each page', async () => {
    // Two pages: the first has 100 rows, and the second the other 170.
    const recent = orders.replace('orders', 'orders(filter: { placed: { from: "1998-01-01T00:00:00Z" } })')
    let rows: unknown[] = []
    const statements = await world.statementsOf(async () => {
      rows = await exportRows(world, 'admin', recent)
    })
    expect(rows).toHaveLength(270)
    expect(statements.filter(({ sql }) => sql.includes('so_header'))).toHaveLength(2)
  })

  it('reads connections below a node whole, unless they say `first`', async () => {
    const query = (first: string) =>
      `{ customers { edges { node { code orders${first} { edges { node { number } } } } } } }`
    const lists = (rows: Record<string, unknown>[]) =>
      rows.map((row) => z.object({ edges: z.array(z.unknown()) }).parse(row.orders).edges.length)
    const whole = lists(await exportRows(world, 'admin', query('')))
    expect(Math.max(...whole)).toBe(31)
    expect(whole.reduce((sum, length) => sum + length)).toBe(830)
    expect(Math.max(...lists(await exportRows(world, 'admin', query('(first: 2)'))))).toBe(2)
  })

  it('has the rows of lists below a node as lines behind it, where they are asked for', async () => {
    const rows = await exportRows(world, 'admin', orders, { search: '?nested=lines' })
    expect(rows).toHaveLength(830 + 2155)
    let parent: unknown
    for (const row of rows) {
      if (row.__list === undefined) parent = row.id
      else
        expect(row).toEqual({
          __parentId: parent,
          __list: 'lines',
          quantity: expect.any(Number),
          product: expect.anything(),
        })
    }
  })

  it('follows filter, sort and variables', async () => {
    const query = `query ($search: String!) { products(filter: { nameContains: $search }, sort: { field: NAME, direction: DESC }) { edges { node { name } } } }`
    const rows = await exportRows(world, 'anonymous', query, { variables: { search: 'cha' } })
    const names = rows.map(({ name }) => String(name))
    expect(names).toContain('Chai')
    expect(names).toEqual(names.toSorted().toReversed())
  })

  it('is empty where the list is', async () => {
    expect(
      await exportText(
        world,
        'customer ALFKI',
        '{ customers(filter: { nameContains: "nobody" }) { edges { node { id } } } }',
      ),
    ).toBe('')
  })
})

describe('an export as CSV', () => {
  it('has a header and a line for each row, and quotes what needs it', async () => {
    const text = await exportText(world, 'anonymous', products, { accept: 'text/csv' })
    const [header, first] = text.split('\r\n')
    expect(header).toBe('id,name,unitPrice.amount,unitPrice.currency')
    expect(first).toMatch(/^product_\w+,Alice Mutton,39\.00,USD$/)
    expect(text).toContain(',"Jack\'s New England Clam Chowder",'.replaceAll('"', ''))
  })

  it('defuses texts that a spreadsheet would run, and leaves numbers', async () => {
    const formula = '=HYPERLINK("http://example.org","a")'
    await world.client.$executeRaw`update commerce.md_category set descr_txt = ${formula} where nm = 'Beverages'`
    await world.client.$executeRaw`update commerce.md_category set descr_txt = '-1.5' where nm = 'Condiments'`
    const query = '{ categories { edges { node { name description } } } }'
    const text = await exportText(world, 'anonymous', query, { accept: 'text/csv' })
    expect(text).toContain(`Beverages,"'=HYPERLINK(""http://example.org"",""a"")"\r\n`)
    expect(text).toContain('Condiments,-1.5\r\n')
  })

  it('refuses lists', async () => {
    const response = await askExport(world, 'admin', orders, { accept: 'text/csv' })
    expect([response.status, codesOf(answer.parse(await response.json()))]).toEqual([400, ['BAD_USER_INPUT']])
  })
})

it('an export as XML has an element for each row, without the characters that XML has no place for', async () => {
  await world.client.$executeRaw`update commerce.md_category set descr_txt = ${'<b> & \u0001'} where nm = 'Produce'`
  const query = '{ categories { edges { node { name description } } } }'
  const text = await exportText(world, 'anonymous', query, { accept: 'application/xml' })
  expect(text.startsWith('<?xml version="1.0" encoding="UTF-8"?>\n<categories>\n<Category><name>')).toBe(true)
  expect(text).toContain('<Category><name>Produce</name><description>&lt;b&gt; &amp; \ufffd</description></Category>')
  expect(text.endsWith('</categories>\n')).toBe(true)
})

it.each(['gzip', 'zstd'] as const)('is compressed with %s where the client accepts it', async (encoding) => {
  const plain = await exportText(world, 'anonymous', products)
  const url = new URL('/bulk/export', world.url)
  const { request } = await import('node:http')
  const body = await new Promise<{ encoding: unknown; bytes: Buffer }>((resolve, reject) => {
    const headers = { 'content-type': 'application/json', accept: 'application/x-ndjson', 'accept-encoding': encoding }
    const sent = request(url, { method: 'POST', headers }, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('end', () =>
        resolve({ encoding: response.headers['content-encoding'], bytes: Buffer.concat(chunks) }),
      )
    })
    sent.on('error', reject).end(JSON.stringify({ query: products }))
  })
  expect(body.encoding).toBe(encoding)
  const text = encoding === 'gzip' ? gunzipSync(body.bytes) : zstdDecompressSync(body.bytes)
  expect(text.toString()).toBe(plain)
})

describe('an export is refused', () => {
  const refusal = async (...request: Parameters<typeof askExport>) => {
    const response = await askExport(...request)
    return [response.status, ...codesOf(answer.parse(await response.json()))]
  }

  it.each([
    [
      'that is no query',
      'mutation { stockAdjust(input: { productId: "x", quantity: 1, reason: COUNT }) { replayed } }',
    ],
    ['of two lists', '{ products { edges { node { id } } } categories { edges { node { id } } } }'],
    ['of one object', '{ viewer { expiresAt } }'],
    ['of one page', '{ products(first: 10) { edges { node { id } } } }'],
    ['with more than nodes', '{ products { totalCount edges { node { id } } } }'],
    ['with cursors', '{ products { edges { cursor node { id } } } }'],
  ])('%s', async (_what, query) => {
    expect(await refusal(world, 'admin', query)).toEqual([400, 'BAD_USER_INPUT'])
  })

  it('that a rule denies, and tells the audit trail', async () => {
    expect(await refusal(world, 'anonymous', '{ orders { edges { node { id } } } }')).toEqual([401, 'UNAUTHENTICATED'])
  })

  it('in a format that there is not, or with a method that does nothing', async () => {
    expect(await refusal(world, 'admin', products, { accept: 'application/pdf' })).toEqual([406, 'NOT_ACCEPTABLE'])
    const response = await world.fetchAs('admin', '/bulk/export')
    expect([response.status, response.headers.get('allow')]).toEqual([405, 'POST, OPTIONS'])
  })
})

describe('who may export what', () => {
  it('a customer exports their own rows only', async () => {
    const query = '{ orders { edges { node { number customer { code } } } } }'
    const rows = await exportRows(world, 'customer ALFKI', query)
    expect(rows).toHaveLength(6)
    expect(new Set(rows.map(({ customer }) => JSON.stringify(customer)))).toEqual(new Set(['{"code":"ALFKI"}']))
  })

  it('each export is in the audit trail, and so is each row whose personal values it has', async () => {
    const before = (await world.audited()).length
    await exportRows(world, 'admin', 'query Names { customers { edges { node { code contactName } } } }')
    const entries = (await world.audited()).slice(before)
    expect(entries.filter(({ action }) => action === 'export')).toMatchObject([
      { operation: 'Names', outcome: 'DONE', subjectType: 'Customer', fields: ['code', 'contactName'] },
    ])
    const read = entries.filter(({ action }) => action === 'read')
    expect(read.flatMap(({ subjectIds }) => subjectIds)).toHaveLength(91)
  })
})

it('has a budget of rows a minute: an export that is above it is refused, with the time to wait', async () => {
  await using bounded = await createWorld({ env: { EXPORT_ROWS_PER_MINUTE: '77' } })
  await exportRows(bounded, 'anonymous', products)
  const response = await askExport(bounded, 'anonymous', products)
  expect([response.status, codesOf(answer.parse(await response.json()))]).toEqual([429, ['RATE_LIMITED']])
  expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(0)
  // Others have budgets of their own.
  expect(await exportRows(bounded, 'admin', products)).toHaveLength(77)
})
