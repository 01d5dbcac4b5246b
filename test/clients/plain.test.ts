import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { isScalarType, isSpecifiedScalarType } from 'graphql'
import { expect, it } from 'vitest'
import { schema } from '../../src/schema.ts'
import { createWorld } from '../support/world.ts'

// The one program without packages and generated files. clients.test.ts runs all of them.

const root = join(import.meta.dirname, '../..')

it.each(['/graphql', '/storefront/graphql'])(
  'the program with plain fetch reads two pages at %s, places one order, and gets the code of an error',
  async (path) => {
    await using world = await createWorld()
    const token = await world.tokenFor('customer ALFKI')
    const env = { ...process.env, FRONTDOOR_URL: world.url, FRONTDOOR_PATH: path, FRONTDOOR_TOKEN: token }
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
  },
)

it('docs/clients.md describes the JSON form of every scalar', async () => {
  const page = await readFile(join(root, 'docs/clients.md'), 'utf8')
  const scalars = Object.values(schema.getTypeMap())
    .filter((type) => isScalarType(type) && !isSpecifiedScalarType(type))
    .map(({ name }) => name)
  expect(scalars.filter((name) => !page.includes(`\n| \`${name}\` |`))).toEqual([])
})
