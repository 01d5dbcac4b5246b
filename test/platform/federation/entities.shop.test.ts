import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { demoCustomer } from '../../../prisma/demo/viewers.ts'
import { encodeId } from '../../../src/platform/graphql/ids.ts'
import { type Answer, codesOf, createWorld, dataOf, type World } from '../../support/world.ts'

const federated = { FEDERATION: 'true', INTROSPECTION: 'false', MAX_COST: '3000' }

let world: World
let products: { id: string; sku: string }[]
beforeAll(async () => {
  world = await createWorld({ env: federated })
  const rows = await world.client.product.findMany({ orderBy: { sku: 'asc' }, take: 50 })
  products = rows.map(({ id, sku }) => ({ id: encodeId('Product', id), sku }))
})
afterAll(() => world.close())

const productNames = `query ($representations: [_Any!]!) {
  _entities(representations: $representations) { __typename ... on Product { name } }
}`
const entities = z.object({ _entities: z.array(z.looseObject({ __typename: z.string() }).nullable()) })

function ask(viewer: string, representations: readonly unknown[], query = productNames): Promise<Answer> {
  return world.as(viewer).query(query, { representations })
}

const errorsOf = ({ errors = [] }: Answer) =>
  errors.map(({ path, extensions }) => `${path?.join('.')} ${extensions.code}`)
const ofProduct = (fields: object) => ({ __typename: 'Product', ...fields })

async function orderOf(customer: string): Promise<string> {
  const { id } = await world.client.order.findFirstOrThrow({ where: { customer: { code: customer } } })
  return encodeId('Order', id)
}

describe('_entities', () => {
  it.each<[key: 'id' | 'sku']>([['id'], ['sku']])(
    'reads 50 products by %s in one statement, in their order, on both routes',
    async (key) => {
      const representations = products.toReversed().map((each) => ofProduct({ [key]: each[key] }))
      const names = (await world.client.product.findMany({ orderBy: { sku: 'asc' }, take: 50 })).map(({ name }) => name)
      const expected = names.toReversed().map((name) => ({ __typename: 'Product', name }))
      for (const isCompiled of [false, true]) {
        let answered: Answer = {}
        const statements = await world.statementsOf(async () => {
          answered = await ask('anonymous', representations, `${productNames} # ${key}`)
        })
        expect(statements.filter(({ sql }) => /^select/i.test(sql))).toHaveLength(1)
        expect(dataOf(answered, entities)._entities).toEqual(expected)
        expect(world.logLines.at(-1)?.includes('"compiled":true')).toBe(isCompiled)
      }
    },
  )

  it('reads objects of several types, each type in one statement, and an object twice where it is asked twice', async () => {
    const [first] = products
    const order = { __typename: 'Order', id: await orderOf('ALFKI') }
    const query = `query ($representations: [_Any!]!) {
      _entities(representations: $representations) { ... on Product { sku } ... on Order { customer { code } } }
    }`
    let answered: Answer = {}
    const statements = await world.statementsOf(async () => {
      answered = await ask('admin', [ofProduct({ id: first?.id }), order, ofProduct({ sku: first?.sku })], query)
    })
    expect(answered.data).toEqual({
      _entities: [{ sku: first?.sku }, { customer: { code: 'ALFKI' } }, { sku: first?.sku }],
    })
    // Two keys of a product, and an order.
    expect(statements.filter(({ sql }) => /^select/i.test(sql))).toHaveLength(3)
  })

  it('takes representations that are literals of the document', async () => {
    const query = `{ _entities(representations: [{ __typename: "Product", sku: "NW-0001" }]) { ... on Product { name } } }`
    expect((await world.as('anonymous').query(query)).data).toEqual({ _entities: [{ name: 'Chai' }] })
  })

  it('gives null for what the viewer does not see, and for what is not there', async () => {
    const other = { __typename: 'Order', id: await orderOf('ANATR') }
    const own = { __typename: 'Order', id: await orderOf('ALFKI') }
    const absent = ofProduct({ id: encodeId('Product', '00000000-0000-7000-8000-000000000000') })
    const representations = [other, own, absent, ofProduct({ sku: 'no such' })]
    const seen = (viewer: string) =>
      ask(viewer, representations).then((answered) => dataOf(answered, entities)._entities)
    expect(await seen('customer ALFKI')).toEqual([null, { __typename: 'Order' }, null, null])
    expect(await seen('anonymous')).toEqual([null, null, null, null])
  })

  it('is an error at its position for a representation that names nothing, and gives the others', async () => {
    const [first] = products
    const answered = await ask('admin', [
      ofProduct({ id: first?.id }),
      ofProduct({ id: demoCustomer('ALFKI').sub }),
      ofProduct({ id: `${first?.id.slice(0, -1)}!` }),
      ofProduct({ id: `' or 1=1` }),
      ofProduct({ id: 7 }),
      ofProduct({}),
      { __typename: 'Query', id: first?.id },
      { __typename: 'ProductStock', id: first?.id },
      'Product',
      ofProduct({ sku: first?.sku }),
    ])
    expect(errorsOf(answered).toSorted()).toEqual([
      '_entities.1 INVALID_ID',
      '_entities.2 INVALID_ID',
      '_entities.3 INVALID_ID',
      '_entities.4 BAD_USER_INPUT',
      '_entities.5 BAD_USER_INPUT',
      '_entities.6 BAD_USER_INPUT',
      '_entities.7 BAD_USER_INPUT',
      '_entities.8 BAD_USER_INPUT',
    ])
    const found = entities.parse(answered.data)._entities
    expect(found.flatMap((each, position) => (each ? [position] : []))).toEqual([0, 9])
  })

  it('denies fields by their rules', async () => {
    const [first] = products
    const query = `query ($representations: [_Any!]!) {
      _entities(representations: $representations) { ... on Product { sku unitsSold } }
    }`
    const asked = [ofProduct({ id: first?.id })]
    for (const [viewer, code] of [
      ['anonymous', 'UNAUTHENTICATED'],
      ['nobody', 'FORBIDDEN'],
    ] as const) {
      const answered = await ask(viewer, asked, query)
      expect(errorsOf(answered)).toEqual([`_entities.0.unitsSold ${code}`])
      expect(answered.data).toEqual({ _entities: [{ sku: first?.sku, unitsSold: null }] })
    }
    expect(dataOf(await ask('admin', asked, query), z.unknown())).toEqual({
      _entities: [{ sku: first?.sku, unitsSold: expect.any(Number) }],
    })
  })

  it('records reads of personal fields in the audit trail', async () => {
    const query = `query Router__reviews__1($representations: [_Any!]!) {
      _entities(representations: $representations) { ... on Customer { email } }
    }`
    const customer = { __typename: 'Customer', id: demoCustomer('ALFKI').sub }
    dataOf(await ask('admin', [customer], query), z.unknown())
    expect((await world.audited()).at(-1)).toMatchObject({
      action: 'read',
      principalId: 'staff-admin',
      subjectType: 'Customer',
      fields: ['Customer.email'],
    })
  })

  it('costs as many objects as there are representations, of which it takes 100', async () => {
    const costOf = async (length: number) => {
      const answered = await ask(
        'anonymous',
        Array.from({ length }, () => ofProduct({ sku: products[0]?.sku })),
      )
      return { codes: codesOf(answered), requested: answered.extensions?.cost?.requested }
    }
    expect(await costOf(0)).toEqual({ codes: [], requested: 0 })
    expect(await costOf(50)).toEqual({ codes: [], requested: 50 })
    expect(await costOf(100)).toEqual({ codes: [], requested: 100 })
    expect((await costOf(101)).codes).toEqual(['BAD_USER_INPUT'])
    expect((await costOf(3001)).codes).toEqual(['COST_LIMIT_EXCEEDED'])
  })
})

describe('_service', () => {
  const sdl = '{ _service { sdl } }'

  it('gives the SDL also where introspection is off', async () => {
    const { _service } = dataOf(
      await world.as('anonymous').query(sdl),
      z.object({ _service: z.object({ sdl: z.string() }) }),
    )
    expect(_service.sdl).toContain('type Product implements Node @key(fields: "id") @key(fields: "sku") {')
    expect(codesOf(await world.as('admin').query('{ __schema { types { name } } }'))).toContain(
      'GRAPHQL_VALIDATION_FAILED',
    )
  })

  it('does not exist without FEDERATION=true, nor does _entities', async () => {
    await using plain = await createWorld()
    for (const query of [sdl, '{ _entities(representations: []) { __typename } }'])
      expect(codesOf(await plain.as('admin').query(query))).toEqual(['GRAPHQL_VALIDATION_FAILED'])
  })

  it('is refused with _entities where only trusted documents run', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'frontdoor-manifest-'))
    const manifest = join(folder, 'manifest.json')
    await writeFile(manifest, JSON.stringify({}))
    const trusted = { TRUSTED_DOCUMENTS: 'enforce', TRUSTED_DOCUMENTS_PATH: manifest }
    await using closed = await createWorld({ env: { ...federated, ...trusted } })
    for (const query of [sdl, productNames])
      expect(codesOf(await closed.as('admin').query(query, { representations: [] }))).toEqual(['DOCUMENT_NOT_TRUSTED'])
    await rm(folder, { recursive: true })
  })
})
