import pg from 'pg'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { ledger, lineOf, shipTo } from '../../commerce/support/order-place.ts'
import { onServer } from '../../support/database-server.ts'
import { codesOf, createWorld, type World } from '../../support/world.ts'
import { Lock } from '../support/lock.ts'

const products = '{ products { totalCount } }'
const place =
  'mutation ($input: OrderPlaceInput!) { orderPlace(input: $input) { order { number } userErrors { code } } }'
const counted = { products: { totalCount: 77 } }
/** Longer than anything here takes on a busy machine, and shorter than any lock wait. */
const [short, patient] = ['1000', '20000']

const anonymous = (world: World) => world.as('anonymous')

describe('a slow statement', () => {
  let world: World
  beforeAll(async () => {
    world = await createWorld({ env: { DATABASE_STATEMENT_TIMEOUT_MS: short } })
  })
  afterAll(() => world.close())

  it('is stopped: DEADLINE_EXCEEDED beside the rest of the response, and the next one works', async () => {
    await using lock = await Lock.on('commerce.md_product', world)
    const answered = await anonymous(world).query(
      '{ viewer { kind } categories { totalCount } products { totalCount } }',
    )
    expect(codesOf(answered)).toEqual(['DEADLINE_EXCEEDED'])
    expect(answered.data).toEqual({
      viewer: { kind: 'ANONYMOUS' },
      categories: { totalCount: 8 },
      products: null,
    })

    await lock.release()
    expect((await anonymous(world).query(products)).data).toEqual(counted)
  })

  it('of a mutation is stopped too, and nothing is written', async () => {
    const before = await ledger(world)
    const input = { idempotencyKey: 'once', lines: [await lineOf(world, 'NW-0003')], shipTo }
    await using lock = await Lock.on('commerce.md_product', world)
    const answered = await world.as('customer ALFKI').query(place, { input })
    expect(codesOf(answered)).toEqual(['DEADLINE_EXCEEDED'])
    expect(answered.data).toEqual({ orderPlace: null })

    await lock.release()
    expect(await ledger(world)).toEqual(before)
    expect((await world.as('customer ALFKI').query(place, { input })).errors).toBeUndefined()
  })
})

describe('a full pool', () => {
  const env = { DATABASE_POOL_SIZE: '1', DATABASE_POOL_WAIT_MS: short, DATABASE_STATEMENT_TIMEOUT_MS: patient }

  it('is UNAVAILABLE to new requests, not to running ones, and recovers', async () => {
    await using world = await createWorld({ env })
    await anonymous(world).query(products)
    await using lock = await Lock.on('commerce.md_product', world)
    const served = anonymous(world).query(products)
    await lock.waitedForBy(1)
    const input = {
      idempotencyKey: 'once',
      lines: [{ productId: 'product_01h455vb4pex5vsknk084sn02q', quantity: 1 }],
      shipTo,
    }
    const come = await Promise.all([
      anonymous(world).query('{ categories { totalCount } }'),
      world.as('customer ALFKI').query(place, { input }),
    ])
    expect(come.map(codesOf)).toEqual([['UNAVAILABLE'], ['UNAVAILABLE']])

    await lock.release()
    expect((await served).data).toEqual(counted)
    expect((await anonymous(world).query(products)).data).toEqual(counted)
  })
})

describe('a database that goes away', () => {
  let world: World
  beforeAll(async () => {
    world = await createWorld({ env: { DATABASE_STATEMENT_TIMEOUT_MS: patient } })
  })
  afterAll(() => world.close())

  it('between two requests is not noticed by the second', async () => {
    await anonymous(world).query(products)
    await terminate(world)
    expect((await anonymous(world).query(products)).data).toEqual(counted)
  })

  it('during a request is UNAVAILABLE, and the next one works', async () => {
    await using lock = await Lock.on('commerce.md_product', world)
    const cut = anonymous(world).query(products)
    await lock.waitedForBy(1)
    await terminate(world)
    expect(codesOf(await cut)).toEqual(['UNAVAILABLE'])

    await lock.release()
    expect((await anonymous(world).query(products)).data).toEqual(counted)
  })

  it('for a while is UNAVAILABLE for that while', async () => {
    await anonymous(world).query(products)
    const name = new URL(world.databaseUrl).pathname.slice(1)
    const { url } = inject('server')
    await onServer(url, `alter database ${name} with allow_connections false`)
    await terminate(world, url)
    await onServer(url, `alter database ${name} rename to ${name}_gone`)
    for (let round = 0; round < 3; round++) {
      expect(codesOf(await anonymous(world).query(products))).toEqual(['UNAVAILABLE'])
    }

    await onServer(url, `alter database ${name}_gone rename to ${name}`)
    await onServer(url, `alter database ${name} with allow_connections true`)
    expect((await anonymous(world).query(products)).data).toEqual(counted)
  })
})

/** Ends the server's connections, and waits until they are gone. */
async function terminate({ databaseUrl }: World, over = databaseUrl): Promise<void> {
  const client = new pg.Client({ connectionString: over })
  await client.connect()
  const name = new URL(databaseUrl).pathname.slice(1)
  const theirs = `from pg_stat_activity where datname = '${name}' and application_name ~ '^frontdoor'`
  try {
    // Those alone that are there now: the server connects again at once.
    await client.query(`select pg_terminate_backend(pid, 10000) ${theirs}`)
  } finally {
    await client.end()
  }
}
