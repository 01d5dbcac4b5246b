import { afterAll, beforeAll, expect, it } from 'vitest'
import { Canary } from '../support/canary.ts'
import { createWorld, type World } from '../support/world.ts'

let world: World
beforeAll(async () => {
  world = await createWorld()
})
afterAll(() => world.close())

it('the canary finds nothing in an ordinary world', async () => {
  const canary = await Canary.on(world.databaseUrl)
  await canary.guards(world.config)
  const { errors } = await world.as('support').query('{ customers(first: 5) { edges { node { code email } } } }')
  expect(errors).toHaveLength(5)
  for (const line of world.logLines) canary.sees('a line', line)
  await canary.seesWhatIsKept()
  expect(() => canary.mustHaveSeenNothing()).not.toThrow()
})

it.each([
  ['an e-mail address', 'to ALFKI@example.com, at once'],
  ['a telephone number', '"phone":"030-0074321"'],
  ['a street', 'at Obere Str. 57'],
  ['a contact', 'by Maria Anders (again)'],
  ['a title', 'their Sales Representative'],
  ['a postal code', 'to WA1 1DP'],
])('the canary finds %s, in every form', async (_what, text) => {
  const canary = await Canary.on(world.databaseUrl)
  canary.sees('a line', text)
  expect(() => canary.mustHaveSeenNothing()).toThrow('what must be kept was told')
})
