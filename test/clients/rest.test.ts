import { execFile } from 'node:child_process'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { demoId } from '../../prisma/demo/ids.ts'
import { installPackages } from '../../scripts/install-packages.ts'
import { encodeId } from '../../src/platform/graphql/ids.ts'
import { newKey } from '../platform/support/api-key.ts'
import { createWorld, type World } from '../support/world.ts'

const folder = join(import.meta.dirname, '../../examples/rest')

let world: World
beforeAll(async () => {
  installPackages(folder, 'the client of REST')
  await rm(join(folder, 'generated'), { recursive: true, force: true })
  await run('generate')
  world = await createWorld()
}, 300_000)
afterAll(() => world.close())

async function run(script: string, env: NodeJS.ProcessEnv = {}): Promise<string> {
  const { stdout } = await promisify(execFile)('npm', ['run', '--silent', script], {
    cwd: folder,
    env: { ...process.env, ...env },
  })
  return stdout
}

it('a client that openapi-typescript generates has the types of the operations', async () => {
  expect(await run('check')).toBe('')
})

it('a client that openapi-typescript generates pages, places an order once, learns what to mend, and cancels', async () => {
  const scopes = ['orders:read', 'orders:write', 'customers:read']
  const { secret } = await newKey(world, { scopes })
  const CUSTOMER_ID = encodeId('Customer', demoId('customer', 'ALFKI'))
  const printed: unknown = JSON.parse(
    await run('start', { FRONTDOOR_URL: world.url, FRONTDOOR_TOKEN: secret, CUSTOMER_ID }),
  )
  expect(printed).toEqual({
    pages: [
      ['Aniseed Syrup', 'Boston Crab Meat', 'Chai'],
      ['Chang', 'Chartreuse verte', 'Chocolade'],
    ],
    placed: { number: 11_078, status: 'PLACED' },
    replayed: [null, 'true'],
    isSame: true,
    refused: [422, 'INPUT_REFUSED', 'INVALID_QUANTITY #/lines/0/quantity'],
    cancelled: 'CANCELLED',
  })
})
