import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { isScalarType, isSpecifiedScalarType } from 'graphql'
import { expect, it } from 'vitest'
import { schema } from '../../src/schema.ts'
import { createWorld } from '../support/world.ts'

// The one client that needs nothing to be installed or generated. All of them are in clients.test.ts.

const root = join(import.meta.dirname, '../..')

it('the program with fetch alone reads two pages, places one order, and is told what cannot be answered', async () => {
  await using world = await createWorld()
  const env = { ...process.env, FRONTDOOR_URL: world.url, FRONTDOOR_TOKEN: await world.tokenFor('customer ALFKI') }
  const program = join(root, 'examples/clients/fetch/main.ts')
  const { stdout } = await promisify(execFile)(process.execPath, [program], { env })
  const order = { number: 11078, total: { amount: '44.00', currency: 'USD' } }
  expect(JSON.parse(stdout)).toEqual({
    pages: [
      ['Aniseed Syrup', 'Boston Crab Meat', 'Camembert Pierrot'],
      ['Carnarvon Tigers', 'Chartreuse verte', "Chef Anton's Cajun Seasoning"],
    ],
    placed: { order, replayed: false, userErrors: [] },
    again: { order, replayed: true, userErrors: [] },
    refused: 'INVALID_ID',
  })
})

it('docs/clients.md says of every scalar how it is written', async () => {
  const page = await readFile(join(root, 'docs/clients.md'), 'utf8')
  const scalars = Object.values(schema.getTypeMap())
    .filter((type) => isScalarType(type) && !isSpecifiedScalarType(type))
    .map(({ name }) => name)
  expect(scalars.filter((name) => !page.includes(`\n| \`${name}\` |`))).toEqual([])
})
