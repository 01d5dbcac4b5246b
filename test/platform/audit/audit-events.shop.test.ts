import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { demoCustomer } from '../../../prisma/demo/viewers.ts'
import { codesOf, createWorld, dataOf, type World } from '../../support/world.ts'
import { auditor, event, trail, wholeEvent } from '../support/auditor.ts'

const alfki = demoCustomer('ALFKI').sub

let world: World
let owner: pg.Client
beforeAll(async () => {
  world = await createWorld()
  owner = new pg.Client({ connectionString: world.databaseUrl })
  await owner.connect()
  // A denial, a read of the viewer's own data, and a successful mutation.
  await world.as('anonymous').query('query Stranger { orders { totalCount } }')
  await world.as('customer ALFKI').query('query Mine { viewer { customer { email } } }')
  await world.as('admin').query('mutation { categoryCreate(input: { name: "Teas" }) { category { id } } }')
})
afterAll(async () => {
  await owner.end()
  await world.close()
})

const anyone = { occurred: { until: '2999-01-01T00:00:00Z' } }

describe('auditEvents', () => {
  it('shows who did and read what, newest first, in public names', async () => {
    const events = await trail(world, anyone)
    const told = events.map(({ id: _id, occurredAt: _at, requestId: _request, ...rest }) => rest)

    expect(told).toEqual([
      {
        ...{ principalKind: 'staff', principalId: 'staff-admin', operation: null },
        ...{ action: 'categoryCreate', outcome: 'DONE', subjectType: 'Category' },
        ...{ subjectIds: [expect.stringMatching(/^category_/)], fields: [], codes: [] },
      },
      {
        ...{ principalKind: 'customer', principalId: alfki, operation: 'Mine' },
        ...{ action: 'read', outcome: 'DONE', subjectType: 'Customer' },
        ...{ subjectIds: [alfki], fields: ['Customer.email'], codes: [] },
      },
      {
        ...{ principalKind: 'anonymous', principalId: null, operation: 'Stranger' },
        ...{ action: 'read', outcome: 'DENIED', subjectType: null },
        ...{ subjectIds: [], fields: ['Query.orders'], codes: ['UNAUTHENTICATED'] },
      },
    ])
  })

  it.each([
    ['the kind of caller', { principalKind: 'anonymous' }, ['Stranger']],
    ['the caller', { principalId: alfki }, ['Mine']],
    ['the action', { action: 'categoryCreate' }, [null]],
    ['the outcome', { outcome: 'DENIED' }, ['Stranger']],
    ['the subject', { subjectId: alfki }, ['Mine']],
    ['the span of time', { occurred: { from: '2999-01-01T00:00:00Z' } }, []],
    ['several of them', { principalKind: 'customer', outcome: 'DENIED' }, []],
  ])('can be filtered by %s', async (_what, filter, operations) => {
    const events = await trail(world, filter)
    expect(events.map(({ operation }) => operation)).toEqual(operations)
  })

  it('can be filtered by the id of the request', async () => {
    const [denied] = await trail(world, { outcome: 'DENIED' })
    const events = await trail(world, { requestId: denied?.requestId })
    expect(events).toEqual([denied])
  })

  it.each([
    ['principalKind', { principalKind: 'staff' }, 'pf_audit_kind_ix'],
    ['principalId', { principalId: 'staff-admin' }, 'pf_audit_prin_ix'],
    ['action', { action: 'read' }, 'pf_audit_action_ix'],
    ['outcome', { outcome: 'DENIED' }, 'pf_audit_outcome_ix'],
    ['subjectId', { subjectId: alfki }, 'pf_audit_subj_ix'],
    ['requestId', { requestId: 'x' }, 'pf_audit_req_ix'],
    ['occurred', { occurred: { from: '2000-01-01T00:00:00Z' } }, 'pf_audit_occurred_ix'],
  ])('has an index for %s', async (_name, filter, index) => {
    const [statement] = await world.statementsOf(() => trail(world, filter))
    // PostgreSQL would read a table this small as a whole.
    await owner.query(`set enable_seqscan = off; set enable_indexscan = ${index === 'pf_audit_subj_ix' ? 'off' : 'on'}`)
    const plan = await owner.query({ text: `explain ${statement?.sql}`, values: [...(statement?.args ?? [])] })
    expect(JSON.stringify(plan.rows)).toContain(index)
  })

  it('is one statement for a page', async () => {
    const statements = await world.statementsOf(async () => {
      const asked = await auditor(world).query(`{ auditEvents(first: 3) { edges { node { ${wholeEvent} } } } }`)
      dataOf(asked, z.unknown())
    })
    expect(statements).toHaveLength(1)
  })
})

describe('a read of the audit trail', () => {
  it.each([
    ['anonymous', 'UNAUTHENTICATED'],
    ['customer ALFKI', 'FORBIDDEN'],
    ['support', 'FORBIDDEN'],
  ])('is denied to %s, on every path', async (viewer, code) => {
    const [{ id } = { id: '' }] = await trail(world, anyone)

    const listed = await world.as(viewer).query('{ auditEvents { totalCount } }')
    const found = await world
      .as(viewer)
      .query('query ($id: ID!) { node(id: $id) { id } nodes(ids: [$id]) { id } }', { id })

    expect(codesOf(listed)).toEqual([code])
    expect(listed.data).toEqual({ auditEvents: null })
    expect(dataOf(found, z.unknown())).toEqual({ node: null, nodes: [null] })
  })

  it('is in the audit trail, once for each operation, with what was read', async () => {
    const [first] = await trail(world, { action: 'categoryCreate' })
    const id = first?.id ?? ''
    const query = `query Looked($id: ID!) {
      auditEvents(first: 1, filter: { action: "categoryCreate" }) { edges { node { action outcome } } }
      node(id: $id) { ... on AuditEvent { codes } }
    }`
    dataOf(await auditor(world).query(query, { id }), z.unknown())
    dataOf(await auditor(world).query('query Counted { auditEvents { totalCount } }'), z.unknown())

    const events = await trail(world, { principalId: 'staff-auditor' })
    const told = events.filter(({ operation }) => operation === 'Looked' || operation === 'Counted')
    const read = { action: 'read', outcome: 'DONE', subjectType: 'AuditEvent' }
    expect(told).toMatchObject([
      { ...read, operation: 'Counted', subjectIds: [], fields: ['Query.auditEvents'] },
      {
        ...{ ...read, operation: 'Looked', subjectIds: [id] },
        fields: ['AuditEvent.action', 'AuditEvent.codes', 'AuditEvent.outcome', 'Query.auditEvents'],
      },
    ])
  })

  it('may name an event by its id', async () => {
    const [first] = await trail(world, { action: 'categoryCreate' })
    const query = `query ($id: ID!) { node(id: $id) { ... on AuditEvent { ${wholeEvent} } } }`
    const answered = await auditor(world).query(query, { id: first?.id })
    expect(dataOf(answered, z.object({ node: event })).node).toEqual(first)
  })
})

describe('the table of the audit trail', () => {
  const changes = [
    'update platform.pf_audit set action_nm = action_nm',
    'update platform.pf_audit set action_nm = action_nm where false',
    'delete from platform.pf_audit',
    'truncate platform.pf_audit',
  ]

  it.each(changes)('refuses its owner: %s', async (sql) => {
    const before = await owner.query('select * from platform.pf_audit order by pos')
    await expect(owner.query(sql)).rejects.toThrow('the audit trail is append-only')
    expect(
      (await owner.query('select * from platform.pf_audit order by pos')).rows.slice(0, before.rows.length),
    ).toEqual(before.rows)
  })

  it.each(changes)('refuses the server, over any connection: %s', async (sql) => {
    await expect(world.client.$executeRawUnsafe(sql)).rejects.toThrow(/append-only|permission denied|42501/)
  })

  it.each(changes)('refuses while triggers are off, as in replication: %s', async (sql) => {
    await owner.query('begin; set local session_replication_role = replica')
    await expect(owner.query(sql)).rejects.toThrow('the audit trail is append-only')
    await owner.query('rollback')
  })

  it.each([
    ['an action in other words', { action_nm: 'Maria Anders' }, 'pf_audit_action_ck'],
    ['an operation with more than a name', { op_nm: 'a b' }, 'pf_audit_op_ck'],
    ['a caller of no kind', { prin_kind: '' }, 'pf_audit_prin_ck'],
    ['no request', { req_id: '' }, 'pf_audit_req_ck'],
    ['more than a thousand ids', { subj_ids: Array(1001).fill('x') }, 'pf_audit_subj_ck'],
    ['an id of nothing', { subj_ids: [null] }, 'pf_audit_subj_ck'],
  ])('refuses %s', async (_what, wrong, constraint) => {
    const row = {
      ...{ uid: '00000000-0000-7000-8000-000000000000', occurred_ts: new Date(), req_id: 'x', prin_kind: 'staff' },
      ...{ action_nm: 'read', outcome_cd: 'DONE', subj_ids: [], field_nms: [], code_nms: [], ...wrong },
    }
    const columns = Object.keys(row)
    const places = columns.map((_, index) => `$${index + 1}`)
    const insert = `insert into platform.pf_audit (${columns}) values (${places})`
    await expect(owner.query(insert, Object.values(row))).rejects.toThrow(constraint)
  })
})
