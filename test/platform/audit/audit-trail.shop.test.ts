import pg from 'pg'
import { pino } from 'pino'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { type AuditEntry, auditEntries, maxIdsInEntry } from '../../../src/platform/audit/audit-entry.ts'
import { AuditTrail } from '../../../src/platform/audit/audit-trail.ts'
import { anonymous } from '../../../src/platform/auth/viewer.ts'
import { createWorld } from '../../support/world.ts'

const line = z.object({ msg: z.string(), audit: z.object({ id: z.string() }).optional() })

/** An entry of this many subjects. */
function entry(subjects = 0): AuditEntry {
  const subjectIds = Array.from({ length: subjects }, (_, index) => `thing_${index}`)
  const event = { action: 'read', outcome: 'DONE' as const, subjectIds }
  const [made] = auditEntries({ requestId: 'r', viewer: anonymous, operation: undefined }, event)
  if (!made) throw new Error('one at least')
  return made
}

/** A trail whose database responds to each batch as the test says. */
function trailOf(answers: (Error | undefined)[]) {
  const lines: string[] = []
  const batches: string[][] = []
  const log = pino({ level: 'warn' }, { write: (text: string) => void lines.push(text) })
  const write = async (entries: readonly AuditEntry[]) => {
    batches.push(entries.map(({ id }) => id))
    const error = answers.shift()
    if (error) throw error
  }
  const told = () => lines.map((text) => line.parse(JSON.parse(text)))
  return { trail: new AuditTrail({ write, log }), batches, told }
}

function databaseError(code?: string): Error {
  return Object.assign(new Error('no'), { code })
}

describe('waiting entries', () => {
  it('are written together, in their order', async () => {
    const { trail, batches, told } = trailOf([])
    const entries = [entry(), entry(), entry()]
    for (const one of entries) trail.record(one)

    expect(await trail.flush()).toBe(true)
    expect(batches).toEqual([entries.map(({ id }) => id)])
    expect(told()).toEqual([])
  })

  it('are written in batches with at most 20,000 subjects', async () => {
    const { trail, batches } = trailOf([])
    for (let count = 0; count < 45; count++) trail.record(entry(999))
    await trail.flush()
    expect(batches.map(({ length }) => length)).toEqual([20, 20, 5])
  })

  it('wait while the database is away, and are written under the same ids when it is back', async () => {
    const { trail, batches, told } = trailOf([databaseError('ECONNREFUSED'), databaseError('57P01')])
    const first = entry()
    trail.record(first)
    expect(await trail.flush()).toBe(false)
    const second = entry()
    trail.record(second)
    expect(await trail.flush()).toBe(false)
    expect(await trail.flush()).toBe(true)

    expect(batches).toEqual([[first.id], [first.id, second.id], [first.id, second.id]])
    expect(told().map(({ msg }) => msg)).toEqual(['audit events wait for the database'])
  })

  it('are logged whole where the database refuses them for good, and do not delay others', async () => {
    const { trail, batches, told } = trailOf([databaseError('23514')])
    const [bad, good] = [entry(), entry()]
    trail.record(bad)
    expect(await trail.flush()).toBe(true)
    trail.record(good)
    expect(await trail.flush()).toBe(true)

    expect(batches).toEqual([[bad.id], [good.id]])
    expect(told().map(({ msg, audit }) => [msg, audit?.id])).toEqual([['audit event not written', bad.id]])
  })

  it('are logged where there is no room for them', async () => {
    const { trail, told } = trailOf([])
    for (let count = 0; count < 200; count++) trail.record(entry(999))
    expect(told()).toEqual([])
    const last = entry()
    trail.record(last)
    expect(told().map(({ audit }) => audit?.id)).toEqual([last.id])
    await trail.flush()
  })

  it('are logged at the end while the database is away, and so are later ones', async () => {
    const { trail, batches, told } = trailOf(Array.from({ length: 3 }, () => databaseError('ECONNREFUSED')))
    const [waiting, late] = [entry(), entry()]
    trail.record(waiting)
    await trail.close()
    trail.record(late)

    expect(batches).toHaveLength(3)
    const whole = told().filter(({ audit }) => audit)
    expect(whole.map(({ audit }) => audit?.id)).toEqual([waiting.id, late.id])
  })
})

it('a thousand ids are one row, and more ids more rows', () => {
  const subjectIds = Array.from({ length: 2 * maxIdsInEntry + 1 }, (_, index) => `thing_${index}`)
  const event = { action: 'read', outcome: 'DONE' as const, subjectIds }
  const rows = auditEntries({ requestId: 'r', viewer: anonymous, operation: undefined }, event)
  expect(rows.map((row) => row.subjectIds.length)).toEqual([1000, 1000, 1])
  expect(new Set(rows.map(({ id }) => id)).size).toBe(3)
})

describe('a server', () => {
  const denied = '{ orders { totalCount } }'

  it('responds without waiting for the audit trail, which is written once', async () => {
    await using world = await createWorld({ data: 'empty', env: { DATABASE_STATEMENT_TIMEOUT_MS: '1000' } })
    const lock = new pg.Client({ connectionString: world.databaseUrl })
    await lock.connect()
    await lock.query('begin; lock table platform.pf_audit in access exclusive mode')

    await world.as('anonymous').query(denied)
    while (!world.logLines.some((text) => text.includes('audit events wait for the database')))
      await new Promise(setImmediate)
    await lock.query('rollback')
    const rows = async () => (await lock.query('select outcome_cd as outcome from platform.pf_audit')).rows
    while ((await rows()).length === 0);

    await lock.end()
    expect(await world.audited()).toMatchObject([{ outcome: 'DENIED', codes: ['UNAUTHENTICATED'] }])
  })

  it('writes every waiting entry when it stops', async () => {
    const world = await createWorld({ data: 'empty' })
    const beside = new pg.Client({ connectionString: world.databaseUrl })
    beside.on('error', () => {})
    await beside.connect()
    // Reads just before the connection closes.
    const written = new Promise((done) => {
      const close = world.audit.close.bind(world.audit)
      world.audit.close = async () => {
        await close()
        done((await beside.query('select count(*)::int as rows from platform.pf_audit')).rows)
      }
    })
    await Promise.all(Array.from({ length: 5 }, () => world.as('anonymous').query(denied)))
    await world.close()

    expect(await written).toEqual([{ rows: 5 }])
    expect(world.logLines.filter((text) => text.includes('audit event'))).toEqual([])
  })
})
