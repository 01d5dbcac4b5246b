import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Database } from '../../../src/platform/database/client.ts'
import { createWorld, type World } from '../../support/world.ts'

let world: World
let database: Database
beforeAll(async () => {
  world = await createWorld()
  database = new Database(world.serverDatabaseUrl, world.config.database)
})
afterAll(async () => {
  await database.close()
  await world.close()
})

const category = (name: string) => world.client.category.findUnique({ where: { name }, omit: { id: true } })

describe('a table in a transaction', () => {
  it('writes rows with defaults, ids and values of all kinds, and reads them as Prisma does', async () => {
    const secretHash = Uint8Array.from({ length: 32 }, (_, index) => index * 8)
    const expiresAt = new Date('2031-05-04T03:02:01.009Z')
    const data = {
      name: 'Quote " \\ 🧾',
      secretHash,
      hint: 'abcd',
      scopes: ['a"b', 'c,d'],
      creatorKind: 'staff',
      expiresAt,
    }

    const written = await database.transactions.run((tx) =>
      tx.apiKey.create({ data, select: { id: true, name: true, scopes: true, expiresAt: true, revokedAt: true } }),
    )

    const { id, createdAt, ...row } = await world.client.apiKey.findUniqueOrThrow({ where: { id: written.id } })
    expect(written).toEqual({ id, name: data.name, scopes: data.scopes, expiresAt, revokedAt: null })
    expect(row).toEqual({ ...data, creatorId: null, revokedAt: null, lastUsedAt: null })
    expect(createdAt).toBeInstanceOf(Date)
  })

  it('updates, counts and deletes rows that are equal in all given fields, where null is a value', async () => {
    const { id: customerId } = await world.client.customer.findUniqueOrThrow({ where: { code: 'ALFKI' } })
    const at = { customerId, recipient: 'R', street: 'S', city: 'Nowhere', country: 'DE' }

    const counts = await database.transactions.run(async (tx) => {
      await tx.address.createMany({ data: [at, { ...at, street: 'T' }] })
      const raised = await tx.address.updateMany({
        where: { city: 'Nowhere', street: 'T', region: null },
        data: { version: { increment: 2 }, region: 'X' },
      })
      const rows = await tx.address.findMany({
        anyOf: [{ street: 'S', city: 'Nowhere' }, { region: 'X' }],
        orderBy: 'street',
        select: { street: true, version: true },
      })
      const removed = await tx.address.deleteMany({ where: { city: 'Nowhere' } })
      return { raised, rows, removed, left: await tx.address.count({ where: { city: 'Nowhere' } }) }
    })

    const rows = [
      { street: 'S', version: 1 },
      { street: 'T', version: 3 },
    ]
    expect(counts).toMatchObject({ raised: { count: 1 }, rows, removed: { count: 2 }, left: 0 })
  })

  it('refuses unsupported arguments, before anything is sent', async () => {
    const refused = async (write: Parameters<typeof database.transactions.run>[0]) => {
      await expect(database.transactions.run(write)).rejects.toThrow(
        /^(Category has no such|A condition on|A column|New rows)/,
      )
    }
    // @ts-expect-error there is no such field
    await refused((tx) => tx.category.updateMany({ where: { title: 'x' }, data: { name: 'x' } }))
    // @ts-expect-error a relation is not written with the row
    await refused((tx) => tx.category.updateMany({ where: { name: 'x' }, data: { products: {} } }))
    // @ts-expect-error Prisma's conditions are not understood
    await refused((tx) => tx.category.deleteMany({ where: { name: { in: ['Seafood'] } } }))
    await refused((tx) => tx.category.deleteMany({ where: {} }))
    await refused((tx) => tx.category.createMany({ data: [{ name: 'a' }, { name: 'b', description: 'c' }] }))
  })
})

describe('a transaction', () => {
  it('fails as a whole where a statement failed, although the mutation went on', async () => {
    const carriedOn = database.transactions.run(async (tx) => {
      await tx.category.update({ where: { name: 'Seafood' }, data: { description: 'changed' } })
      await tx.$executeRaw`select 1 / 0`.catch(() => {})
    })
    await expect(carriedOn).rejects.toMatchObject({ code: '22012' })
    expect((await category('Seafood'))?.description).not.toBe('changed')
  })

  it('fails where a statement sent with the commit failed', async () => {
    const last = database.transactions.run(async (tx) => {
      await tx.category.update({ where: { name: 'Seafood' }, data: { description: 'changed' } })
      tx.$withCommit(tx.$executeRaw`select 1 / 0`)
    })
    await expect(last).rejects.toMatchObject({ code: '22012' })
    expect((await category('Seafood'))?.description).not.toBe('changed')
  })

  it('fails where work sent with the commit failed before its statement', async () => {
    const last = database.transactions.run(async (tx) => {
      await tx.category.update({ where: { name: 'Seafood' }, data: { description: 'changed' } })
      tx.$withCommit(Promise.reject(new Error('no statement')))
    })
    await expect(last).rejects.toThrow('no statement')
    expect((await category('Seafood'))?.description).not.toBe('changed')
  })

  it('writes nothing after its end: its connection is read-only', async () => {
    const escaped = await database.transactions.run(async (tx) => ({ tx }))
    const late = escaped.tx.category.update({ where: { name: 'Seafood' }, data: { description: 'late' } })
    await expect(late).rejects.toThrow('the transaction is over')
    await expect(database.client.category.updateMany({ data: { description: 'past it' } })).rejects.toThrow()
    expect((await category('Seafood'))?.description).not.toMatch(/late|past it/)
  })

  it('throws its first error, for any of its statements', async () => {
    const together = database.transactions.run(async (tx) => {
      const [first, second] = await Promise.allSettled([tx.$queryRaw`select 1 / 0`, tx.$queryRaw`select 1`])
      expect(second).toEqual(first)
      await tx.category.count({ where: { name: 'Seafood' } })
    })
    await expect(together).rejects.toMatchObject({ code: '22012' })
  })

  it('sends independent statements together, and matches each response', async () => {
    const answers = await database.transactions.run((tx) =>
      Promise.all(Array.from({ length: 20 }, (_, index) => tx.$queryRaw`select ${index}::int as "index"`)),
    )
    expect(answers).toEqual(Array.from({ length: 20 }, (_, index) => [{ index }]))
  })
})
