import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { encodeId } from '../../../src/platform/graphql/ids.ts'
import { codesOf, createWorld, type World } from '../../support/world.ts'
import { ask, call, eventsAbout, masterData, unknownId } from '../support/master-data.ts'

const select = 'category { id name description version }'
const created = z.object({ category: z.object({ id: z.string() }) })

let world: World
beforeAll(async () => {
  world = await createWorld()
})
afterAll(() => world.close())

const create = (input: object) => call(world, 'admin', 'categoryCreate', input, select)
const update = (input: object) => call(world, 'admin', 'categoryUpdate', input, select)
const idOf = async (name: string) => created.parse((await create({ name })).changed).category.id

describe('a category', () => {
  it('is created and changed, with an event each', async () => {
    const { changed, refusals } = await create({ name: ' Teas ', description: 'All kinds' })
    const { id } = created.parse(changed).category

    expect(refusals).toEqual([])
    expect(changed).toEqual({ category: { id, name: 'Teas', description: 'All kinds', version: 1 } })
    expect(await update({ categoryId: id, version: 1, description: null, name: 'Teas' })).toMatchObject({
      changed: { category: { name: 'Teas', description: null, version: 2 } },
    })
    expect(await update({ categoryId: id, version: 2, name: 'TEAS' })).toMatchObject({
      changed: { category: { name: 'TEAS', description: null, version: 3 } },
    })
    expect(await eventsAbout(world, 'Category', id)).toEqual([
      { topic: 'category.created', ownerId: null, payload: { categoryId: id, name: 'Teas' } },
      { topic: 'category.updated', ownerId: null, payload: { categoryId: id, changed: ['description'] } },
      { topic: 'category.updated', ownerId: null, payload: { categoryId: id, changed: ['name'] } },
    ])
  })

  it('that is created twice with one key exists once', async () => {
    const input = { name: 'Once', idempotencyKey: 'once' }
    const first = await create(input)
    const again = await create(input)

    expect([first.replayed, again.replayed]).toEqual([false, true])
    expect(again.changed).toEqual(first.changed)
  })

  it('is changed by one of two concurrent updates with one version; the other sees the change', async () => {
    const categoryId = await idOf('Both')
    const results = await Promise.all(['One', 'Two'].map((name) => update({ categoryId, version: 1, name })))

    expect(results.map(({ refusals }) => refusals).sort()).toEqual([[], ['CONFLICT input.version']])
    expect(results[0]?.changed).toEqual(results[1]?.changed)
  })

  it('has a unique name, also when ten create or rename at once', async () => {
    const ids = await Promise.all(['A', 'B', 'C', 'D', 'E'].map((name) => idOf(name)))
    const results = await Promise.all([
      ...ids.map((categoryId) => update({ categoryId, version: 1, name: 'Raced' })),
      ...ids.map(() => create({ name: 'Raced' })),
    ])

    const refusals = results.flatMap((result) => result.refusals)
    expect(refusals).toEqual(Array.from({ length: 9 }, () => 'NAME_TAKEN input.name'))
    expect(await world.client.category.count({ where: { name: 'Raced' } })).toBe(1)
  })
})

describe('a category that is refused', () => {
  it.each<[string, object, string]>([
    ['has a name that another has', { name: 'Beverages' }, 'NAME_TAKEN input.name'],
    ['has no name', { name: '' }, 'BLANK input.name'],
    ['has a long name', { name: 'x'.repeat(101) }, 'TOO_LONG input.name'],
    ['has a long description', { name: 'x', description: 'x'.repeat(501) }, 'TOO_LONG input.description'],
    ['has control characters', { name: 'a\u0007b' }, 'INVALID_CHARACTER input.name'],
  ])('%s', async (_what, wrong, refusal) => {
    const categoryId = encodeId(
      'Category',
      (await world.client.category.findUniqueOrThrow({ where: { name: 'Condiments' } })).id,
    )
    const before = await masterData(world)

    expect(await create(wrong)).toMatchObject({ refusals: [refusal], changed: { category: null } })
    expect(await update({ categoryId, version: 1, ...wrong })).toMatchObject({ refusals: [refusal] })
    expect(await masterData(world)).toEqual(before)
  })

  it.each<[string, object, string]>([
    ['names nothing', {}, 'NOTHING_TO_DO input'],
    ['empties the name', { name: null }, 'REQUIRED input.name'],
    ['is of none', { name: 'x', categoryId: unknownId('Category') }, 'CATEGORY_UNKNOWN input.categoryId'],
    ['has no id of one', { name: 'x', categoryId: 'Beverages' }, 'CATEGORY_UNKNOWN input.categoryId'],
    ['is of an older version', { name: 'x', version: 0 }, 'CONFLICT input.version'],
  ])('since its update has %s', async (_what, wrong, refusal) => {
    const categoryId = encodeId(
      'Category',
      (await world.client.category.findUniqueOrThrow({ where: { name: 'Condiments' } })).id,
    )
    const before = await masterData(world)

    expect((await update({ categoryId, version: 1, ...wrong })).refusals).toEqual([refusal])
    expect(await masterData(world)).toEqual(before)
  })

  it.each([
    ['anonymous', 'UNAUTHENTICATED'],
    ['support', 'FORBIDDEN'],
    ['customer ALFKI', 'FORBIDDEN'],
  ])('for %s', async (viewer, code) => {
    const update = { categoryId: unknownId('Category'), version: 1, name: 'x' }
    expect(codesOf(await ask(world, viewer, 'categoryCreate', { name: 'x' }, select))).toEqual([code])
    expect(codesOf(await ask(world, viewer, 'categoryUpdate', update, select))).toEqual([code])
  })
})
