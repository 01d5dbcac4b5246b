import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { encodeId } from '../../../src/platform/graphql/ids.ts'
import { countRows, modelsOf } from '../../../src/platform/privacy/map/subject-rows.ts'
import { domain } from '../../../src/schema.ts'
import { createWorld, type World } from '../../support/world.ts'
import { asked, done, exported, requestOf } from './support/person.ts'

let world: World
beforeAll(async () => {
  world = await createWorld({ data: 'demo' })
})
afterAll(() => world?.close())

async function customer(code: string) {
  const { id } = await world.client.customer.findUniqueOrThrow({ where: { code }, select: { id: true } })
  return { key: id, customerId: encodeId('Customer', id) }
}

describe('the export of a person', () => {
  it('has every row that leads to the person, as many as SQL counts', async () => {
    const { key, customerId } = await customer('SAVEA')
    const { data } = await exported(world, 'admin', { customerId })
    const counts = new Map<string, number>()
    for (const of of modelsOf(domain.personalData, 'Customer')) {
      const count = await world.database.ownTransactions.run((tx) => countRows(tx, of, { type: 'Customer', key }))
      counts.set(of.model, count)
    }
    expect(counts.get('Order')).toBeGreaterThan(10)
    expect(
      new Map(Object.entries(data.records).flatMap(([name, rows]) => (counts.has(name) ? [[name, rows.length]] : []))),
    ).toEqual(counts)
    expect(data).toMatchObject({ subjectType: 'Customer', subjectId: customerId })
  })

  it('has the names of the API, exact amounts, and public ids', async () => {
    const { customerId } = await customer('ALFKI')
    const { data, page, names } = await exported(world, 'customer ALFKI', {})
    expect(names).toEqual(['data.json', 'data.html'])
    expect(data.records.Customer).toEqual([
      expect.objectContaining({ id: customerId, code: 'ALFKI', name: 'Alfreds Futterkiste', kind: 'COMPANY' }),
    ])
    const [order] = data.records.Order ?? []
    expect(order).toMatchObject({
      customer: { id: customerId },
      total: { amount: expect.stringMatching(/^\d+\.\d\d$/), currency: 'USD' },
      shipTo: { recipient: 'Alfreds Futterkiste', city: 'Berlin', country: 'DE' },
    })
    const [line] = data.records.OrderLine ?? []
    expect(line).toMatchObject({ order: { id: expect.stringMatching(/^order_/) }, unitPrice: { currency: 'USD' } })
    expect(JSON.stringify(data)).not.toMatch(/_uid|cust_cd|crm_|so_header|commerce\./)
    expect(page).toContain('<dt>name</dt><dd>Alfreds Futterkiste</dd>')
  })

  it('has what is written about the person: events, requests and the entries of the audit trail', async () => {
    const { customerId } = await customer('BLONP')
    await world
      .as('customer BLONP')
      .query(`mutation ($input: AddressAddInput!) { addressAdd(input: $input) { userErrors { code } } }`, {
        input: { recipient: 'Frédérique Citeaux', street: '24, place Kléber', city: 'Strasbourg', country: 'FR' },
      })
    await world.as('admin').query('query ($id: ID!) { customer(id: $id) { email } }', { id: customerId })
    await world.audited()
    const { data } = await exported(world, 'customer BLONP', { customerId })
    expect(data.records.Event).toContainEqual(
      expect.objectContaining({ topic: 'address.added', subjectId: customerId }),
    )
    expect(data.records.AuditEvent).toContainEqual(
      expect.objectContaining({ action: 'read', principalKind: 'staff', subjectIds: [customerId] }),
    )
    expect(data.records.PersonRequest).toContainEqual(expect.objectContaining({ kind: 'EXPORT', state: 'RUNNING' }))
    // Who of the staff has read is not the person's to know.
    expect(new Set(data.records.AuditEvent?.flatMap(({ principalId }) => principalId ?? []))).toEqual(
      new Set([customerId]),
    )
  })

  it('is asked for once at a time, and its link expires', async () => {
    const { customerId } = await customer('CACTU')
    const caller = world.as('customer CACTU')
    const { id } = await asked(caller, 'personExport', {})
    const file = z.object({ url: z.string() }).parse(await done(caller, id))
    const expired = file.url.replace(/expires=\d+/, `expires=${Math.floor(Date.now() / 1000) - 1}`)
    expect((await world.fetchAs('anonymous', expired)).status).toBe(403)
    expect((await world.fetchAs('anonymous', file.url)).status).toBe(200)
    expect((await requestOf(world.as('admin'), id)).subjectId).toBe(customerId)
  })
})
