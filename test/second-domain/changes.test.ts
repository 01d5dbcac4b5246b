import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import type * as capture from '../../src/platform/events/capture.ts'
import type * as schema from '../../src/schema.ts'
import { exportRows } from '../platform/bulk/support/export.ts'
import { importReport, ndjson } from '../platform/bulk/support/import.ts'
import { positionNow, readChanges } from '../platform/events/support/changes.ts'
import { codesOf, dataOf, type World } from '../support/world.ts'
import { importFrom, musicProject } from './support/project.ts'
import { createMusicWorld, makingLasts } from './support/world.ts'

let world: World
beforeAll(async () => {
  world = await createMusicWorld()
  const project = await musicProject()
  const { captureSql } = await importFrom<typeof capture>(project, 'src/platform/events/capture.ts')
  const { domain } = await importFrom<typeof schema>(project, 'src/schema.ts')
  await world.client.$executeRawUnsafe(`do $outer$ begin execute ${asText(captureSql(domain.captures))}; end $outer$`)
}, makingLasts)
afterAll(() => world?.close())

function asText(sql: string): string {
  return `E'${sql.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`
}

const ids = z.object({ id: z.string() })
const list = z.object({ edges: z.array(z.object({ node: ids })) })

async function idsOf(field: string, viewer = 'admin'): Promise<string[]> {
  const answer = await world.as(viewer).query(`{ ${field}(first: 10) { edges { node { id } } } }`)
  return dataOf(answer, z.object({ [field]: list }))[field]?.edges.map(({ node }) => node.id) ?? []
}

const change = async (name: string, input: object, payload: string) =>
  world
    .as('admin')
    .query(
      `mutation ($input: ${name.slice(0, 1).toUpperCase()}${name.slice(1)}Input!) { ${name}(input: $input) { replayed userErrors { code } ${payload} } }`,
      { input },
    )

describe('a mutation', () => {
  it('of a key that the database gives tells it to the payload, the retry, the event and the audit trail', async () => {
    const after = await positionNow(world)
    const [trackId] = await idsOf('tracks')
    const input = { trackId, rating: 5, idempotencyKey: randomUUID() }
    const played = z.object({
      playRecord: z.object({ replayed: z.boolean(), play: z.object({ id: z.string(), rating: z.number() }) }),
    })
    const first = dataOf(await change('playRecord', input, 'play { id rating }'), played).playRecord
    const again = dataOf(await change('playRecord', input, 'play { id rating }'), played).playRecord

    expect(first).toMatchObject({ replayed: false, play: { rating: 5 } })
    expect(again).toEqual({ ...first, replayed: true })
    const { events } = await readChanges(world, 'admin', { after })
    expect(events).toMatchObject([{ topic: 'PLAY_RECORDED', subjectId: first.play.id, payload: { trackId } }])
    const entries = (await world.audited()).filter(({ action }) => action === 'playRecord')
    expect(entries).toMatchObject([
      { outcome: 'DONE', subjectType: 'Play', subjectIds: [first.play.id, trackId] },
      { outcome: 'REPLAYED', subjectType: 'Play', subjectIds: [first.play.id, trackId] },
    ])
  })

  it('of a key of two columns tells it likewise', async () => {
    const after = await positionNow(world)
    const [trackId] = await idsOf('tracks')
    const [, playlistId] = await idsOf('playlists')
    const answer = await change('playlistTrackCreate', { playlistId, trackId }, 'playlistTrack { id track { id } }')
    const created = z.object({
      playlistTrackCreate: z.object({ playlistTrack: z.object({ id: z.string(), track: ids }) }),
    })
    const { playlistTrack } = dataOf(answer, created).playlistTrackCreate
    expect(playlistTrack).toMatchObject({ track: { id: trackId } })
    const { events } = await readChanges(world, 'admin', { after })
    expect(events).toMatchObject([{ subjectId: playlistTrack.id, payload: { playlistId } }])
  })

  it('of a key that is a text changes its row, and shows it beside a conflict', async () => {
    const labels = await idsOf('labels')
    for (const labelId of labels) {
      const done = await change('labelUpdate', { labelId, name: `new ${labelId}` }, 'label { id name }')
      expect(done.data).toMatchObject({ labelUpdate: { label: { id: labelId, name: `new ${labelId}` } } })
      const refused = await change('labelUpdate', { labelId, name: '' }, 'label { id }')
      expect(refused.data).toMatchObject({
        labelUpdate: { userErrors: [{ code: 'CONFLICT' }], label: { id: labelId } },
      })
    }
  })

  it('refuses an id of another type', async () => {
    const [labelId] = await idsOf('labels')
    const refused = await change('playRecord', { trackId: labelId }, 'play { id }')
    expect(refused.data).toMatchObject({ playRecord: { userErrors: [{ code: 'TRACK_UNKNOWN' }], play: null } })
  })
})

describe('a customer whose key is a number', () => {
  it('sees their own rows only', async () => {
    const own = await idsOf('invoices', 'customer 2')
    const [other] = await idsOf('invoices', 'customer 3')
    expect(own).toHaveLength(7)
    const answer = await world
      .as('customer 2')
      .query(
        'query ($ids: [ID!]!) { nodes(ids: $ids) { id } customers { edges { node { invoices { totalCount } } } } }',
        {
          ids: [own[0], other],
        },
      )
    expect(answer.data).toEqual({
      nodes: [{ id: own[0] }, null],
      customers: { edges: [{ node: { invoices: { totalCount: 7 } } }] },
    })
  })

  it('stands with their id in the audit trail, where personal values of theirs are read', async () => {
    const answer = await world.as('admin').query('{ customers(first: 2) { edges { node { id email } } } }')
    const read = dataOf(answer, z.object({ customers: list })).customers.edges.map(({ node }) => node.id)
    const last = (await world.audited()).at(-1)
    expect(last).toMatchObject({ action: 'read', subjectType: 'Customer', fields: ['Customer.email'] })
    expect(last?.subjectIds.toSorted()).toEqual(read.toSorted())
  })

  it('owns events of theirs', async () => {
    const after = await positionNow(world)
    await world.client.$executeRawUnsafe(
      'update invoice set total = total + 1 where customer_id = 2 and invoice_id < 100',
    )
    const { events } = await readChanges(world, 'customer 2', { after, wait: 5 })
    const own = await idsOf('invoices', 'customer 2')
    expect(events.length).toBeGreaterThan(0)
    for (const { subjectId, payload } of events) {
      expect(own).toContain(subjectId)
      expect(payload).toEqual({ invoiceId: subjectId, change: 'UPDATED', changed: ['total'] })
    }
    expect((await readChanges(world, 'customer 3', { after })).events).toEqual([])
  })
})

it('a write in plain SQL of a key of three columns is an event of each row, in the order of its columns', async () => {
  const after = await positionNow(world)
  await world.client.$executeRawUnsafe(`update ticket set holder = 'somebody' where hall = 'A "1", x' and number = 1`)
  await world.client.$executeRawUnsafe('update ticket set number = 3 where false')
  await world.client.$executeRawUnsafe(`delete from ticket where hall = 'B' and number = 3`)
  const { events } = await readChanges(world, 'admin', { after, wait: 5 })
  expect(events.map(({ payload: { change, changed } }) => ({ change, changed }))).toEqual([
    ...[0, 1].map(() => ({ change: 'UPDATED', changed: ['holder'] })),
    ...[0, 1].map(() => ({ change: 'DELETED', changed: [] })),
  ])
  const answer = await world
    .as('admin')
    .query('query ($ids: [ID!]!) { nodes(ids: $ids) { id ... on Ticket { seat { hall number } } } }', {
      ids: events.map(({ payload }) => payload.ticketId),
    })
  const seat = { hall: 'A "1", x', number: 1 }
  expect(answer.data).toEqual({
    nodes: [...events.slice(0, 2).map(({ subjectId: id }) => ({ id, seat })), null, null],
  })
  const [owner] = await world.rowsOf(
    `select owner_key as "key" from platform.pf_outbox where agg_type = 'Ticket' limit 1`,
    z.object({ key: z.string() }),
  )
  expect(owner?.key).toBe(JSON.stringify([seat.hall, '1']).replace(',"', ', "'))
})

describe('in bulk', () => {
  it('rows name their parents by sealed ids', async () => {
    const query = '{ tracks(filter: {}) { edges { node { id plays { edges { node { id rating } } } } } } }'
    const rows = await exportRows(world, 'admin', query, { search: '?nested=lines' })
    const tracks = rows.filter(({ __parentId }) => __parentId === undefined)
    const plays = rows.filter(({ __parentId }) => __parentId !== undefined)
    expect(tracks).toHaveLength(3503)
    expect(plays.length).toBeGreaterThanOrEqual(200)
    const known = new Set(tracks.map(({ id }) => id))
    expect(plays.every(({ __parentId }) => known.has(__parentId))).toBe(true)
  })

  it('inputs are imported, also where the database gives the keys', async () => {
    const tracks = await idsOf('tracks')
    const report = await importReport(world, 'playRecord', ndjson(tracks.map((trackId) => ({ trackId }))))
    expect(report.end).toMatchObject({ summary: { state: 'DONE', done: 10, refused: 0 } })
    expect(new Set(report.results.map(({ id }) => id)).size).toBe(10)
  })

  it('inputs with keys of several columns are imported, each row once', async () => {
    const tracks = await idsOf('tracks')
    const [, , , playlistId] = await idsOf('playlists')
    const inputs = [...tracks, tracks[3]].map((trackId) => ({ playlistId, trackId }))
    const report = await importReport(world, 'playlistTrackCreate', ndjson(inputs))
    expect(report.results.map(({ outcome }) => outcome)).toEqual([...tracks.map(() => 'DONE'), 'REFUSED'])
    const nodes = await world.as('admin').query('query ($ids: [ID!]!) { nodes(ids: $ids) { id } }', {
      ids: report.results.slice(0, -1).map(({ id }) => id),
    })
    expect(codesOf(nodes)).toEqual([])
    expect(dataOf(nodes, z.object({ nodes: z.array(ids) })).nodes).toHaveLength(tracks.length)
  })
})
