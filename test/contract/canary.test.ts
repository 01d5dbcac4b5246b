import { afterAll, beforeAll, expect, it } from 'vitest'
import { Canary, planted } from '../support/canary.ts'
import { createWorld, type World } from '../support/world.ts'

let world: World
beforeAll(async () => {
  world = await createWorld()
})
afterAll(() => world.close())

it.each([
  ['what was planted', `x ${planted.toUpperCase()}ed`],
  ['an API key', 'with fdk_0123456789abcdefghijABCDEF'],
])('the canary finds %s, in every form', async (_what, text) => {
  const canary = await Canary.on(world.databaseUrl)
  canary.sees('a line', text)
  expect(() => canary.mustHaveSeenNothing()).toThrow('what must be kept was told')
})

it('the canary finds secrets in responses, events and the audit trail', async () => {
  const sings = async (act: (canary: Canary) => unknown) => {
    const canary = await Canary.on(world.databaseUrl)
    await canary.guards(world.config)
    await act(canary)
    expect(() => canary.mustHaveSeenNothing()).toThrow('what must be kept was told')
  }
  const token = await world.tokenFor('admin')
  await sings((canary) => canary.sees('a line', canary.guardsToken(token).split('.')[2] ?? ''))
  await sings((canary) => canary.seesAnswer(Response.json({ errors: [{ message: planted }] })))
  await sings((canary) => canary.seesAnswer(Response.json({ data: { a: { userErrors: [{ message: planted }] } } })))
})
