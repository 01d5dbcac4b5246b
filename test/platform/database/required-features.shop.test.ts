import { afterAll, beforeAll, expect, it } from 'vitest'
import { missingFeatures } from '../../../src/platform/database/required-features.ts'
import { createWorld, type World } from '../../support/world.ts'

let world: World
beforeAll(async () => {
  world = await createWorld()
})
afterAll(() => world.close())

it('PostgreSQL lacks nothing, and the tries leave nothing behind', async () => {
  expect(await missingFeatures(world.databaseUrl)).toEqual([])
  expect(await missingFeatures(world.databaseUrl)).toEqual([])
})

it('a feature whose try fails is missing, and the ones behind it are still tried', async () => {
  const features = [
    { name: 'time travel', tries: 'select pg_catalog.pg_travel_in_time()' },
    { name: 'numbers', tries: 'select 1' },
    { name: 'another syntax', tries: 'as of system time' },
  ]
  expect(await missingFeatures(world.databaseUrl, features)).toEqual(['time travel', 'another syntax'])
})
