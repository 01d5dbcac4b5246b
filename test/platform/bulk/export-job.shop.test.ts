import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parseId } from '../../../src/platform/graphql/ids.ts'
import { codesOf, createWorld, type World } from '../../support/world.ts'
import { fetchFile, fileText } from './support/download.ts'
import { exportText } from './support/export.ts'
import { exportEnded, exportOf, startExport, tryToCancel, tryToExport, tryToResume } from './support/export-job.ts'

const orders = '{ orders { edges { node { id number lines { quantity product { name } } } } } }'
const numbers = '{ orders { edges { node { id number } } } }'
const products = '{ products { edges { node { id name unitPrice { amount currency } } } } }'

let world: World
beforeAll(async () => {
  world = await createWorld()
})
afterAll(() => world.close())

describe('an export as a job', () => {
  it('ends in a file with what the stream has', async () => {
    const admin = world.as('admin')
    const id = await startExport(admin, orders)
    const done = await exportEnded(admin, id)
    expect(done).toMatchObject({ state: 'DONE', rowCount: 830 + 2155, snapshots: 1, failure: null })
    const text = await fileText(world, admin, id)
    expect(text).toBe(await exportText(world, 'admin', orders))
    expect(done.byteSize).toBe(Buffer.byteLength(text))
  })

  it.each([
    ['NDJSON', 'GZIP', 'application/x-ndjson', 'application/gzip', '.ndjson.gz'],
    ['NDJSON_LINES', 'ZSTD', 'application/x-ndjson', 'application/zstd', '.ndjson.zst'],
    ['CSV', 'NONE', 'text/csv', 'text/csv; charset=utf-8; header=present', '.csv'],
    ['XML', 'ZSTD', 'application/xml', 'application/zstd', '.xml.zst'],
  ])('as %s with %s has the same text', async (format, compression, accept, mediaType, ending) => {
    const admin = world.as('admin')
    const asLines = format === 'NDJSON_LINES'
    const document = asLines ? orders : numbers
    const id = await startExport(admin, document, { format, compression })
    await exportEnded(admin, id)
    const search = asLines ? '?nested=lines' : ''
    const text = await exportText(world, 'admin', document, { accept, search })
    expect(await fileText(world, admin, id, compression)).toBe(text)
    const { headers } = await fetchFile(world, admin, id, { method: 'HEAD' })
    expect(headers.get('content-type')).toBe(mediaType)
    expect(headers.get('content-disposition')).toBe(`attachment; filename="${id}${ending}"`)
  })

  it('of no rows is a file too, and follows its variables', async () => {
    const query = 'query ($s: String!) { products(filter: { nameContains: $s }) { edges { node { name } } } }'
    const customer = world.as('customer ALFKI')
    const texts = await Promise.all(
      ['nothing has this name', 'Chai'].map(async (s) => {
        const id = await startExport(customer, query, { variables: { s } })
        expect(await exportEnded(customer, id)).toMatchObject({ state: 'DONE', rowCount: s === 'Chai' ? 1 : 0 })
        return fileText(world, customer, id)
      }),
    )
    expect(texts).toEqual(['', '{"name":"Chai"}\n'])
  })

  it('has the rights of the one who asks: own rows, and no field beyond', async () => {
    const customer = world.as('customer ALFKI')
    const own = await startExport(customer, numbers)
    expect(await exportEnded(customer, own)).toMatchObject({ state: 'DONE', rowCount: 6 })
    const support = world.as('support')
    const denied = await startExport(support, '{ customers { edges { node { email } } } }')
    expect(await exportEnded(support, denied)).toMatchObject({
      state: 'FAILED',
      failure: { code: 'FORBIDDEN' },
      url: null,
    })
  })

  it('is asked for with one read and one write, and read with one statement', async () => {
    const admin = world.as('admin')
    let id = ''
    const statements = await world.statementsOf(async () => {
      id = await startExport(admin, products)
    })
    const sent = statements.map(({ sql }) => sql).filter((sql) => /pf_bulk_export|jobs\.|pf_audit/.test(sql))
    expect(sent.filter((sql) => /insert into/i.test(sql))).toHaveLength(3)
    expect(sent.filter((sql) => /^\s*select/i.test(sql) && /pf_bulk_export/.test(sql))).toHaveLength(2)
    await exportEnded(admin, id)
    const reads = await world.statementsOf(() => exportOf(admin, id))
    expect(reads).toHaveLength(1)
  })

  it('is in the audit trail, and so are its link and its download', async () => {
    const admin = world.as('admin')
    const before = (await world.audited()).length
    const id = await startExport(admin, 'query Names { customers { edges { node { code contactName } } } }')
    await exportEnded(admin, id)
    await fileText(world, admin, id)
    const entries = (await world.audited()).slice(before)
    const of = (wanted: string) => entries.filter(({ action }) => action === wanted)
    expect(of('bulkExportCreate')).toMatchObject([{ outcome: 'DONE', subjectIds: [id] }])
    expect(of('export')).toMatchObject([{ operation: 'Names', outcome: 'DONE', subjectType: 'Customer' }])
    expect(of('read').flatMap(({ subjectIds }) => subjectIds)).toHaveLength(91)
    expect(of('exportLink').length).toBeGreaterThan(0)
    expect(of('exportDownload')).toMatchObject([{ outcome: 'DONE', principalKind: 'staff', subjectIds: [id] }])
  })
})

describe('an export is refused', () => {
  it.each([
    ['that is no document', 'x'],
    ['of one page', '{ products(first: 10) { edges { node { id } } } }'],
    ['of one object', '{ viewer { expiresAt } }'],
  ])('%s', async (_what, document) => {
    const { bulkExport, userErrors } = await tryToExport(world.as('admin'), { document })
    expect([bulkExport, userErrors.map(({ code, path }) => [code, path])]).toEqual([
      null,
      [['EXPORT_REFUSED', ['input', 'document']]],
    ])
  })

  it('in a format that cannot hold it, and says why', async () => {
    const { userErrors } = await tryToExport(world.as('admin'), { document: orders, format: 'CSV' })
    expect(userErrors).toMatchObject([
      { code: 'EXPORT_REFUSED', message: expect.stringContaining('`lines` is a list') },
    ])
  })

  it('without a credential', async () => {
    const text = `mutation { bulkExportCreate(input: { document: "${'{ products { edges { node { id } } } }'}" }) { replayed } }`
    expect(codesOf(await world.as('anonymous').query(text))).toEqual(['UNAUTHENTICATED'])
    expect(codesOf(await world.as('anonymous').query('{ bulkExports { totalCount } }'))).toEqual(['UNAUTHENTICATED'])
  })
})

it('nobody sees the export of another, goes on with it or cancels it', async () => {
  const customer = world.as('customer BONAP')
  const id = await startExport(customer, numbers)
  await exportEnded(customer, id)
  const read = 'query ($id: ID!) { bulkExport(id: $id) { url } node(id: $id) { id } bulkExports { totalCount } }'
  expect((await customer.query(read, { id })).data).toEqual({
    bulkExport: { url: expect.any(String) },
    node: { id },
    bulkExports: { totalCount: 1 },
  })
  for (const other of ['customer ALFKI', 'admin', 'support'])
    expect((await world.as(other).query(read, { id })).data).toMatchObject({ bulkExport: null, node: null })
  for (const [caller, code] of [
    ['admin', 'EXPORT_UNKNOWN'],
    ['customer BONAP', 'EXPORT_NOT_FAILED'],
  ] as const)
    expect((await tryToResume(world.as(caller), id)).userErrors).toMatchObject([{ code }])
  for (const [caller, code] of [
    ['admin', 'EXPORT_UNKNOWN'],
    ['customer BONAP', 'EXPORT_ENDED'],
  ] as const)
    expect((await tryToCancel(world.as(caller), id)).userErrors).toMatchObject([
      { code, path: ['input', 'bulkExportId'] },
    ])
})

describe('the files of exports', () => {
  it('are removed after a week, and the exports after a month', async () => {
    await using own = await createWorld()
    const admin = own.as('admin')
    const [done, failed] = [await startExport(admin, numbers), await startExport(admin, products)]
    await exportEnded(admin, done)
    await exportEnded(admin, failed)
    await own.client.$executeRaw`
      update platform.pf_bulk_export set state_cd = 'FAILED', fail_cd = 'TOO_OLD' where uid = ${parseId('BulkExport', failed)}::uuid`
    const path = join(own.config.dataDir, 'files', `${parseId('BulkExport', done)}-1.ndjson`)
    const { url } = await exportOf(admin, done)

    await own.client.$executeRaw`update platform.pf_bulk_export set ended_ts = now() - interval '6 days'`
    await own.retention.apply()
    expect((await stat(path)).size).toBeGreaterThan(0)
    await own.client.$executeRaw`update platform.pf_bulk_export set ended_ts = now() - interval '8 days'`
    await own.retention.apply()
    await expect(stat(path)).rejects.toThrow('ENOENT')
    expect(await exportOf(admin, done)).toMatchObject({ state: 'DONE', rowCount: 830, url: null })
    expect((await fetch(new URL(url ?? '', own.url))).status).toBe(404)
    expect((await tryToResume(admin, failed)).userErrors).toMatchObject([{ code: 'EXPORT_FILE_REMOVED' }])

    await own.client.$executeRaw`update platform.pf_bulk_export set ended_ts = now() - interval '31 days'`
    await own.retention.apply()
    expect(await own.client.bulkExport.count()).toBe(0)
  })
})
