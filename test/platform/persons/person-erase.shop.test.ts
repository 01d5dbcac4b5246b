import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import {
  type CanaryPerson,
  canaries,
  createCanaryPerson,
  inFiles,
  inTables,
  keptCanaries,
} from '../../commerce/support/canaries.ts'
import { createWorld, dataOf, type World } from '../../support/world.ts'
import { exportEnded, exportOf, startExport } from '../bulk/support/export-job.ts'
import { asked, done, doneAfter, exported, refusalsOf, requestOf } from './support/person.ts'

const all = [...Object.values(canaries), ...Object.values(keptCanaries)]
const sales = z.object({ salesReport: z.unknown() })

let world: World
let person: CanaryPerson
let salesBefore: unknown
let exportId: string
beforeAll(async () => {
  world = await createWorld({ data: 'demo', env: { ERASURE_DELAY_HOURS: '0' } })
  person = await createCanaryPerson(world)
  salesBefore = await readSales()
  exportId = await startExport(
    world.as('admin'),
    `{ customers(filter: { nameContains: "${canaries.name}" }) { edges { node { id name email addresses { street } } } } }`,
  )
  await exportEnded(world.as('admin'), exportId)
  // Reads that are cached, logged and refused.
  await world
    .as('admin')
    .query('query ($id: ID!) { customer(id: $id) { name email phone } }', { id: person.customerId })
  await world
    .as('admin')
    .query(`{ customers(filter: { nameContains: "${canaries.name}", country: 7 }) { totalCount } }`)
})
afterAll(() => world?.close())

async function readSales() {
  const query =
    '{ salesReport(by: [COUNTRY, CATEGORY], measures: [ORDERS, NET, UNITS], first: 100) { rows { country orders units net { amount } } } }'
  return dataOf(await world.as('admin').query(query), sales)
}

describe('the erasure of a person', () => {
  it('leaves none of their values in any table, log line, file or event, but those that a law keeps, encrypted', async () => {
    expect((await inTables(world, all)).length).toBeGreaterThanOrEqual(all.length)
    expect((await inFiles(world, [canaries.email])).length).toBe(1)
    const archive = await doneAfter(world.as('admin'), 'personExport', { customerId: person.customerId })
    expect(archive.url).not.toBeNull()

    const erased = await doneAfter(world.as('admin'), 'personErase', {
      customerId: person.customerId,
      reason: 'NO_LONGER_NEEDED',
    })

    expect(await inTables(world, all)).toEqual([])
    expect(await inFiles(world, all)).toEqual([])
    expect(world.logLines.filter((line) => all.some((value) => line.includes(value)))).toEqual([])
    const year = new Date().getUTCFullYear() + 10
    expect(erased.held).toEqual([{ type: 'Order', rowCount: 1, keepUntil: expect.stringMatching(`^${year}-`) }])
    expect((await requestOf(world.as('admin'), archive.id)).url).toBeNull()
  })

  it('keeps orders and sums, and the statistics of before', async () => {
    expect(await readSales()).toEqual(salesBefore)
    const { orders } = dataOf(
      await world
        .as('admin')
        .query(
          'query ($ids: [ID!]!) { orders: nodes(ids: $ids) { ... on Order { id total { amount } shipTo { recipient country } } } }',
          {
            ids: person.orderIds,
          },
        ),
      z.object({
        orders: z.array(z.object({ id: z.string(), shipTo: z.object({ recipient: z.string(), country: z.string() }) })),
      }),
    )
    expect(orders.map(({ shipTo }) => shipTo)).toEqual([
      { recipient: 'withheld', country: 'DE' },
      { recipient: 'withheld', country: 'DE' },
    ])
  })

  it('frees the e-mail address', async () => {
    const input = { code: 'CANARY02', name: 'Someone else', email: canaries.email, kind: 'PERSON', country: 'DE' }
    const answered = await world
      .as('admin')
      .query(
        'mutation ($input: CustomerCreateInput!) { customerCreate(input: $input) { customer { id } userErrors { code } } }',
        { input },
      )
    expect(dataOf(answered, z.object({ customerCreate: z.unknown() })).customerCreate).toMatchObject({ userErrors: [] })
    await world.client.customer.deleteMany({ where: { code: 'CANARY02' } })
  })

  it('ends exports that may have the person, with their texts removed', async () => {
    const found = await exportOf(world.as('admin'), exportId)
    expect(found).toMatchObject({ state: 'CANCELLED', url: null })
    const row = await world.client.bulkExport.findFirstOrThrow()
    expect(row).toMatchObject({ variables: {}, document: expect.stringContaining('nameContains: ""') })
  })

  it('is told as an event with ids only, once', async () => {
    const events = await world.client.domainEvent.findMany({ where: { topic: 'person.erased' } })
    expect(events.map(({ payload }) => payload)).toEqual([
      {
        personRequestId: expect.stringMatching(/^person_request_/),
        subjectType: 'Customer',
        subjectId: person.customerId,
      },
    ])
  })

  it('is in the audit trail with who asked, and without what was there', async () => {
    const entries = (await world.audited()).filter(({ action }) => /^personErase/.test(action))
    expect(entries.map(({ action, principalKind, outcome }) => ({ action, principalKind, outcome }))).toEqual([
      { action: 'personErase', principalKind: 'staff', outcome: 'DONE' },
      { action: 'personErased', principalKind: 'staff', outcome: 'DONE' },
    ])
    expect(entries[1]?.subjectIds).toContain(person.customerId)
  })

  it('gives what a law keeps to those who handle requests, and drops it on its day', async () => {
    const { data } = await exported(world, 'admin', { customerId: person.customerId })
    expect(data.records['Order, held out of use']).toEqual([
      {
        id: person.orderIds[0],
        shipToRecipient: keptCanaries.invoiceRecipient,
        shipToStreet: keptCanaries.invoiceStreet,
        shipToCity: keptCanaries.invoiceCity,
        shipToPostalCode: keptCanaries.invoicePostalCode,
      },
    ])
    await world.client.heldValue.updateMany({ data: { keepUntil: new Date('2020-01-01') } })
    const counted = await world.retention.count()
    expect(counted.find(({ rule }) => rule === 'values kept by law')?.count).toBe(1)
    await world.retention.apply()
    expect(await world.client.heldValue.count()).toBe(0)
  })

  it('does nothing more when it is asked for again', async () => {
    const again = await doneAfter(world.as('admin'), 'personErase', {
      customerId: person.customerId,
      reason: 'OBJECTION',
    })
    expect(again).toMatchObject({ rowCount: 0, held: [] })
  })
})

describe('an erasure that has not begun', () => {
  it('waits for its time, and can be taken back by the person until then', async () => {
    const own = await createWorld({ data: 'demo' })
    try {
      const caller = own.as('customer ALFKI')
      const { id, state } = await asked(caller, 'personErase', { reason: 'CONSENT_WITHDRAWN' })
      expect(state).toBe('SCHEDULED')
      expect(await refusalsOf(caller, 'personErase', { reason: 'CONSENT_WITHDRAWN' })).toEqual(['PERSON_REQUEST_OPEN'])
      expect(await refusalsOf(own.as('customer BONAP'), 'personEraseCancel', { personRequestId: id })).toEqual([
        'PERSON_REQUEST_UNKNOWN',
      ])
      expect((await asked(caller, 'personEraseCancel', { personRequestId: id })).state).toBe('CANCELLED')
      expect(await refusalsOf(caller, 'personEraseCancel', { personRequestId: id })).toEqual(['ERASURE_BEGUN'])
      const { beginsAt, createdAt } = await own.client.personRequest.findFirstOrThrow()
      expect(Math.round((beginsAt.getTime() - createdAt.getTime()) / 3_600_000)).toBe(72)
    } finally {
      await own.close()
    }
  })
})

describe('what a law keeps', () => {
  it('is kept longer where those who handle requests say so, and never shorter', async () => {
    // The first one is erased, so its unique values are free.
    const { customerId } = await createCanaryPerson(world)
    const admin = world.as('admin')
    expect(await refusalsOf(admin, 'personErase', { customerId, reason: 'UNLAWFUL', keepUntil: '2020-01-01' })).toEqual(
      ['KEEP_UNTIL_PASSED'],
    )
    const { id: requestId } = await asked(admin, 'personErase', {
      customerId,
      reason: 'UNLAWFUL',
      keepUntil: '2099-12-31',
    })
    const { held } = await done(admin, requestId)
    expect(held).toEqual([{ type: 'Order', rowCount: 1, keepUntil: '2099-12-31' }])
    const again = await doneAfter(admin, 'personErase', { customerId, reason: 'UNLAWFUL' })
    expect(again).toMatchObject({ rowCount: 0, held })
  })
})
