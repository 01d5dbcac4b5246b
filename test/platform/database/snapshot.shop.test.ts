import { afterAll, beforeAll, expect, it } from 'vitest'
import { z } from 'zod'
import { Database } from '../../../src/platform/database/client.ts'
import type { Snapshot } from '../../../src/platform/database/snapshot.ts'
import { createWorld, type World } from '../../support/world.ts'

let world: World
beforeAll(async () => {
  world = await createWorld()
})
afterAll(() => world.close())

const sessions = () =>
  world.rowsOf(
    `select pid, state from pg_stat_activity where application_name = 'frontdoor export' and datname = current_database()`,
    z.object({ pid: z.number(), state: z.string() }),
  )

const select = { name: true, version: true }
const where = { name: 'Beverages' }
const versionIn = async (snapshot: Snapshot) => {
  const rows = await snapshot.prepared.rows('Category', 'findMany', { select, where })
  return rows?.map(({ version }) => version)
}
const change = (sql: string) => world.client.$executeRawUnsafe(sql)

it('shows one moment, and leaves its connection to the next, also where a column has another type by then', async () => {
  const first = await world.database.openSnapshot()
  await change(`update commerce.md_category set row_ver = 7 where nm = 'Beverages'`)
  expect(await versionIn(first)).toEqual([1])
  expect(await first.client.category.findMany({ select, where })).toEqual([{ name: 'Beverages', version: 1 }])
  const [before] = await sessions()
  expect(before?.state).toBe('idle in transaction')
  await first[Symbol.asyncDispose]()
  expect(await sessions()).toEqual([{ pid: before?.pid, state: 'idle' }])
  await change('alter table commerce.md_category alter row_ver type bigint')
  await using second = await world.database.openSnapshot()
  expect(await versionIn(second)).toEqual(['7'])
  expect(await sessions()).toEqual([{ pid: before?.pid, state: 'idle in transaction' }])
  await expect(second.client.$executeRawUnsafe('delete from commerce.md_category')).rejects.toThrow('read-only')
})

it('shares no connection with another snapshot at the same time', async () => {
  await using one = await world.database.openSnapshot()
  await using other = await world.database.openSnapshot()
  expect(await Promise.all([one, other, one].map(versionIn))).toEqual([['7'], ['7'], ['7']])
  expect(new Set((await sessions()).map(({ pid }) => pid)).size).toBe(2)
})

it('leaves no connection with a failed statement, or with one under way', async () => {
  const failing = await world.database.openSnapshot()
  const pids = async () => (await sessions()).map(({ pid }) => pid)
  const [{ pid: failed } = { pid: 0 }] = (await sessions()).filter(({ state }) => state === 'idle in transaction')
  await expect(failing.client.$queryRawUnsafe('select 1 / 0')).rejects.toThrow('division by zero')
  await failing[Symbol.asyncDispose]()
  await expect.poll(pids).not.toContain(failed)

  const broken = await world.database.openSnapshot()
  const [{ pid: busy } = { pid: 0 }] = (await sessions()).filter(({ state }) => state === 'idle in transaction')
  const reading = expect(broken.client.$queryRawUnsafe('select pg_sleep(600)')).rejects.toThrow()
  await expect.poll(async () => (await sessions()).find(({ pid }) => pid === busy)?.state).toBe('active')
  await broken[Symbol.asyncDispose]()
  await reading
  await expect.poll(pids).not.toContain(busy)
})

it('reads nothing once it is closed, nor in a transaction of its own', async () => {
  const snapshot = await world.database.openSnapshot()
  await expect(snapshot.client.$transaction((tx) => tx.category.count())).rejects.toThrow(
    'a snapshot has one transaction',
  )
  await snapshot[Symbol.asyncDispose]()
  await snapshot[Symbol.asyncDispose]()
  await expect(versionIn(snapshot)).rejects.toThrow('the snapshot is closed')
  await expect(snapshot.client.category.count()).rejects.toThrow('the snapshot is closed')
})

it('ends with the database, also where nobody closes it', async () => {
  const database = new Database(world.databaseUrl, world.config.database)
  const snapshot = await database.openSnapshot()
  await database.close()
  await expect(versionIn(snapshot)).rejects.toThrow()
  await snapshot[Symbol.asyncDispose]()
})
