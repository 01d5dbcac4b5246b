import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { createWorld, type World } from '../../support/world.ts'

let world: World
beforeAll(async () => {
  world = await createWorld({ data: 'demo', env: { AUDIT_KEEP_DAYS: '400' } })
})
afterAll(() => world?.close())

const countOf = async (rule: string) => (await world.retention.count()).find((each) => each.rule === rule)?.count
const removedOf = async (rule: string) => (await world.retention.apply()).find((each) => each.rule === rule)?.count
const metric = async (name: string) =>
  (await world.metrics.registry.metrics()).split('\n').find((line) => line.startsWith(name))

describe('the rules of retention', () => {
  it('are these, and a dry run of them removes nothing', async () => {
    await world.client.$executeRaw`
      insert into platform.pf_idempotency (prin_cd, idem_key, verb_nm, args_sha, outcome_doc, created_ts)
      select 'staff somebody', n::text, 'orderPlace', '', '{}', now() - interval '25 hours' from generate_series(1, 3) n`
    const before = await world.client.idempotencyRecord.count()
    const reports = await world.retention.count()
    expect(reports.map(({ rule, keep }) => [rule, keep])).toEqual([
      ['idempotency keys', '24 hours'],
      ['imports', '7 days'],
      ['deliveries to webhooks', '30 days'],
      ['exports', '30 days'],
      ['values kept by law', 'until the day of each'],
      ['requests about people', '1095 days'],
      ['uses of fields', '180 days'],
      ['audit trail', '400 days'],
      ['files of exports', '7 days'],
      ['archives of people', '7 days'],
      ['days of events', '365 days'],
      ['inactive: Customer', '1095 days without activity'],
    ])
    expect(await countOf('idempotency keys')).toBe(3)
    expect(await world.client.idempotencyRecord.count()).toBe(before)
  })

  it('remove what is over, count it, and say when they were applied', async () => {
    expect(await removedOf('idempotency keys')).toBe(3)
    expect(await removedOf('idempotency keys')).toBe(0)
    expect(await metric('frontdoor_retention_rows_total{rule="idempotency keys"}')).toMatch(/ 3$/)
    expect(await metric('frontdoor_retention_last_run_seconds ')).toMatch(/ 1[\d.]+(e\+\d+)?$/)
    expect(world.logLines.some((line) => line.includes('"removed":{"idempotency keys":3'))).toBe(true)
  })

  it('end entries of the audit trail after their time, and the database refuses it before a year', async () => {
    await world.as('admin').query('{ customers(first: 1) { edges { node { email } } } }')
    await world.audited()
    await world.client.$executeRaw`
      insert into platform.pf_audit (uid, occurred_ts, req_id, prin_kind, action_nm, outcome_cd, subj_ids, field_nms, code_nms)
      select gen_random_uuid(), now() - make_interval(days => n), 'r', 'staff', 'read', 'DONE', '{}', '{}', '{}'
      from unnest(array[100, 399, 401, 800]) n`
    expect(await removedOf('audit trail')).toBe(2)
    const early = `delete from platform.pf_audit where occurred_ts < now() - interval '99 days'`
    await expect(world.client.$executeRawUnsafe(early)).rejects.toThrow(/append-only/)
    expect(await world.client.auditEvent.count({ where: { requestId: 'r' } })).toBe(2)
  })

  it('schedule the erasure of inactive people once, and not of those who take it back', async () => {
    const inactive = await world.rowsOf(
      `select c.cust_cd as code from commerce.crm_customer c
       where created_ts < now() - interval '1095 days' and not exists (select from commerce.so_header h where h.cust_uid = c.uid
         and (h.placed_ts >= now() - interval '1095 days' or h.status_cd in ('PLACED', 'PAID', 'PARTIALLY_SHIPPED', 'SHIPPED')))`,
      z.object({ code: z.string() }),
    )
    expect(inactive.length).toBeGreaterThan(0)
    // The tests before this one have applied the rule too.
    await world.client.personRequest.deleteMany()
    expect(await countOf('inactive: Customer')).toBe(inactive.length)
    expect(await removedOf('inactive: Customer')).toBe(inactive.length)
    expect(await removedOf('inactive: Customer')).toBe(0)
    const requests = await world.client.personRequest.findMany()
    expect(requests.length).toBe(inactive.length)
    expect(
      new Set(requests.map(({ kind, state, reason, requesterKind }) => [kind, state, reason, requesterKind].join())),
    ).toEqual(new Set(['ERASURE,SCHEDULED,RETENTION,retention']))
    await world.client.personRequest.updateMany({ data: { state: 'CANCELLED', endedAt: new Date() } })
    expect(await countOf('inactive: Customer')).toBe(0)
  })

  it('go on where one of them fails, which is said', async () => {
    await world.client.$executeRaw`alter table platform.pf_import rename to pf_import_away`
    try {
      const reports = await world.retention.apply()
      expect(reports.filter(({ count }) => count === undefined).map(({ rule }) => rule)).toEqual(['imports'])
      expect(
        world.logLines.some((line) => line.includes('"rule":"imports"') && line.includes('a rule of retention waits')),
      ).toBe(true)
    } finally {
      await world.client.$executeRaw`alter table platform.pf_import_away rename to pf_import`
    }
  })
})
