import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { schemaDiff } from '../../../scripts/commands/schema-diff.ts'
import { outcomeOf } from '../../../scripts/run-script.ts'
import { createWorld, type World } from '../../support/world.ts'

const root = join(import.meta.dirname, '../../..')
const contracts = ['openapi.json', 'openapi.partner.json', 'openapi.storefront.json']
const pathOf = (file: string) => `/${file.replace(/^openapi\.?|json$|\.json$/g, '')}/api`.replace('//', '/')

let world: World
beforeAll(async () => {
  world = await createWorld()
})
afterAll(() => world.close())

describe.each(contracts)('%s', (file) => {
  it('is what the server serves, and its page has every operation and loads nothing', async () => {
    const served = await world.fetchAs('anonymous', `${pathOf(file)}/openapi.json`)
    const described = JSON.parse(await readFile(join(root, file), 'utf8'))
    expect(await served.json()).toEqual(described)
    const page = await world.fetchAs('anonymous', `${pathOf(file)}/`, { headers: { accept: 'text/html' } })
    const html = await page.text()
    for (const methods of Object.values<object>(described.paths))
      for (const operation of Object.values<{ operationId: string }>(
        methods as Record<string, { operationId: string }>,
      ))
        expect(html).toContain(`id="${operation.operationId}"`)
    expect(html).not.toMatch(/<script|src=|href="http|url\(/)
    expect(page.headers.get('content-security-policy')).toContain("default-src 'none'")
  })
})

it('is not served without introspection, and the operations still are', async () => {
  await using closed = await createWorld({ env: { INTROSPECTION: 'false' } })
  const statuses = ['/api/openapi.json', '/api/', '/storefront/api/openapi.json', '/storefront/api/products'].map(
    async (path) => (await closed.fetchAs('anonymous', path, { headers: { accept: '*/*' } })).status,
  )
  expect(await Promise.all(statuses)).toEqual([404, 404, 404, 200])
})

describe('npm run schema:diff', () => {
  type Change = (api: string) => string
  const replaced =
    (from: RegExp | string, to: string): Change =>
    (api) => {
      const made = api.replace(from, to)
      if (made === api) throw new Error(`there is nothing like ${from}`)
      return made
    }

  async function outcomeWith(change: Change, reasons = '') {
    const folder = await mkdtemp(join(tmpdir(), 'frontdoor-openapi-'))
    try {
      const read = (name: string) => readFile(join(root, name), 'utf8')
      await writeFile(join(folder, 'schema.graphql'), await read('schema.graphql'))
      await writeFile(join(folder, 'schema.released.graphql'), await read('schema.graphql'))
      await writeFile(join(folder, 'schema.changes.md'), `${await read('schema.changes.md')}${reasons}`)
      await writeFile(join(folder, 'openapi.partner.released.json'), await read('openapi.partner.json'))
      await writeFile(join(folder, 'openapi.partner.json'), change(await read('openapi.partner.json')))
      return await outcomeOf(schemaDiff, ['--in', folder], {})
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  }

  it('passes what harms no client', async () => {
    const further = replaced('"sku": {', '"more": { "type": "string" }, "sku": {')
    expect(await outcomeWith(further)).toMatchObject({ code: 0 })
  })

  it.each<[what: string, change: Change, says: string]>([
    [
      'an operation that is gone',
      replaced('"/stock": {', '"/stocks": {'),
      'GET /partner/api/stock: the operation is gone',
    ],
    [
      'a field of an answer that is gone',
      replaced(/"cancelledAt": \{/, '"endedAt": {'),
      'POST /partner/api/orders/{id}/cancel answer.cancelledAt: it is gone',
    ],
    [
      'a field of an answer that may be null',
      replaced(/("available": \{\s*"type": )"integer"/, '$1["integer", "null"]'),
      'answer[].available: its type was integer, and is integer or null',
    ],
    [
      'a parameter with another name',
      replaced('"name": "inStock"', '"name": "inStore"'),
      'inStock: the parameter is gone',
    ],
    [
      'a member of the body that is required',
      replaced(/("required": \[\s*"customerId",)/, '$1 "carrierId",'),
      'POST /partner/api/orders body.carrierId: it is required',
    ],
    [
      'a value that is no longer taken',
      replaced(/"CANCELLED",\s*"DELIVERED",/, '"DELIVERED",'),
      'GET /partner/api/invoices status[]: it no longer takes CANCELLED',
    ],
  ])('refuses %s, and says where', async (_what, change, says) => {
    const { code, stderr } = await outcomeWith(change)
    expect(code).toBe(1)
    expect(stderr).toContain('openapi.partner.json is not compatible with the released schema')
    expect(stderr).toContain(says)
  })

  it('passes a change that has a reason', async () => {
    const reason = '| `GET /partner/api/stock` | the path was misspelt |\n'
    const { code, stdout } = await outcomeWith(replaced('"/stock": {', '"/stocks": {'), reason)
    expect([code, stdout]).toEqual([0, expect.stringContaining('the operation is gone, since: the path was misspelt')])
  })
})
