import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { parseId } from '../../../src/platform/graphql/ids.ts'
import { answer, codesOf, createWorld } from '../../support/world.ts'
import { newKey } from '../support/api-key.shop.ts'
import { revokeKey } from '../support/api-key.ts'
import { asBearer } from '../support/as-claims.ts'
import { fetchFile, fileText, framesIn } from './support/download.ts'
import { askExport, exportText } from './support/export.ts'
import {
  exportEnded,
  exportOf,
  exportWhen,
  startExport,
  tryToCancel,
  tryToExport,
  tryToResume,
} from './support/export-job.ts'

/** 270 orders in two pages: the first has 100 rows, and the second the other 170. */
const numbers = '{ orders(filter: { placed: { from: "1998-01-01T00:00:00Z" } }) { edges { node { id number } } } }'
const products = '{ products { edges { node { id name unitPrice { amount currency } } } } }'

describe('an export that takes a while', () => {
  /** The second page waits for some seconds. */
  const slow = { EXPORT_ROWS_PER_MINUTE: '260' }
  /** It waits for half a minute. */
  const verySlow = { EXPORT_ROWS_PER_MINUTE: '180' }

  it('ends with its API key, keeps what is written, and goes on when it is asked to', async () => {
    await using own = await createWorld({ env: slow })
    const { id: apiKeyId, secret } = await newKey(own, { scopes: ['orders:read'] })
    const partner = asBearer(own, () => secret)
    const id = await startExport(partner, numbers, { format: 'XML', compression: 'GZIP' })
    await exportWhen(partner, id, ({ rowCount }) => rowCount === 100)
    await own.as('admin').query(revokeKey, { id: apiKeyId })
    const uuid = parseId('BulkExport', id) ?? ''
    await expect
      .poll(() => own.client.bulkExport.findUnique({ where: { id: uuid } }), { timeout: 5000 })
      .toMatchObject({ state: 'FAILED', failureCode: 'KEY_ENDED', rowCount: 100, snapshots: 1 })

    await own.client.$executeRaw`update platform.pf_api_key set revoked_ts = null`
    await expect.poll(async () => codesOf(await partner.query('{ viewer { kind } }'))).toEqual([])
    const { bulkExport } = await tryToResume(partner, id)
    expect(bulkExport).toMatchObject({ state: 'QUEUED', failure: null })
    expect(await exportEnded(partner, id)).toMatchObject({ state: 'DONE', rowCount: 270, snapshots: 2 })
    const whole = await exportText(own, 'admin', numbers, { accept: 'application/xml' })
    expect(await fileText(own, partner, id, 'GZIP')).toBe(whole)
  })

  it('goes on at another server when its own one stops, from where it was', async () => {
    await using own = await createWorld({ env: slow })
    // Others run it.
    await own.exports.stop()
    const stopping = await own.openReplica()
    const admin = own.as('admin')
    const id = await startExport(stopping.as('admin'), numbers, { format: 'CSV', compression: 'ZSTD' })
    await exportWhen(admin, id, ({ rowCount }) => rowCount === 100)
    await stopping.close()
    const next = await own.openReplica()
    const done = await exportEnded(next.as('admin'), id).finally(next.close)
    expect(done).toMatchObject({ state: 'DONE', rowCount: 270, snapshots: 2 })
    const frames = framesIn(Buffer.from(await (await fetchFile(own, admin, id)).arrayBuffer()))
    expect(frames).toHaveLength(2)
    expect(frames.join('')).toBe(await exportText(own, 'warehouse', numbers, { accept: 'text/csv' }))
  })

  it('ends on whichever server it runs when it is cancelled, and its file is removed', async () => {
    await using own = await createWorld({ env: { ...verySlow, MAX_EXPORTS: '1' } })
    await own.exports.stop()
    const replica = await own.openReplica()
    onTestFinished(() => replica.close())
    const admin = own.as('admin')
    const id = await startExport(replica.as('admin'), numbers)
    await exportWhen(admin, id, ({ rowCount }) => rowCount === 100)
    const waiting = await startExport(replica.as('admin'), products)
    const path = join(own.config.dataDir, 'files', `${parseId('BulkExport', id)}-1.ndjson`)
    expect((await stat(path)).size).toBeGreaterThan(0)

    const before = (await own.audited()).length
    for (const each of [waiting, id]) {
      const { bulkExport, userErrors } = await tryToCancel(admin, each)
      expect([bulkExport, userErrors]).toMatchObject([{ state: 'CANCELLED', failure: null, url: null }, []])
    }
    const audited = (await own.audited()).slice(before)
    expect(audited.filter(({ action }) => action === 'bulkExportCancel')).toMatchObject([
      { outcome: 'DONE', subjectType: 'BulkExport', subjectIds: [waiting] },
      { outcome: 'DONE', subjectType: 'BulkExport', subjectIds: [id] },
    ])
    const ended = () => replica.logLines.filter((line) => line.includes('"export ended"'))
    await expect.poll(ended, { timeout: 5000 }).toEqual([expect.stringContaining('"end":"broken off"')])
    // Its slot is free: the one that waited does not take it.
    const next = await startExport(replica.as('support'), products)
    expect(await exportEnded(own.as('support'), next)).toMatchObject({ state: 'DONE' })
    expect(await exportOf(admin, waiting)).toMatchObject({ state: 'CANCELLED', rowCount: 0 })
    expect((await tryToCancel(admin, id)).userErrors).toMatchObject([{ code: 'EXPORT_ENDED' }])
    expect((await tryToResume(admin, id)).userErrors).toMatchObject([{ code: 'EXPORT_NOT_FAILED' }])

    await own.retention.apply()
    expect((await stat(path)).size).toBeGreaterThan(0)
    await own.client.$executeRaw`update platform.pf_bulk_export set ended_ts = now() - interval '2 minutes'`
    await own.retention.apply()
    await expect(stat(path)).rejects.toThrow('ENOENT')
    expect(await exportOf(admin, id)).toMatchObject({ state: 'CANCELLED', rowCount: 100 })
  })

  it('writes nothing any more once another process has begun to run it', async () => {
    await using own = await createWorld({ env: slow })
    const admin = own.as('admin')
    const id = await startExport(admin, numbers)
    await exportWhen(admin, id, ({ rowCount }) => rowCount === 100)
    await own.client.$executeRaw`update platform.pf_bulk_export set runs_nr = runs_nr + 1`
    const ended = async () => own.logLines.filter((line) => line.includes('"export ended"')).length
    await expect.poll(ended, { timeout: 10_000 }).toBe(1)
    expect(await exportOf(admin, id)).toMatchObject({ state: 'RUNNING', rowCount: 100 })
  })

  it('takes one of MAX_EXPORTS: a job waits for it, and a stream is refused; an old job gets no turn', async () => {
    await using own = await createWorld({ env: { ...slow, MAX_EXPORTS: '1' } })
    const [admin, support] = [own.as('admin'), own.as('support')]
    const first = await startExport(admin, numbers)
    await exportWhen(admin, first, ({ rowCount }) => rowCount === 100)
    const second = await startExport(support, products)
    const old = await startExport(support, products)
    await own.client.$executeRaw`
      update platform.pf_bulk_export set auth_ts = now() - interval '25 hours' where uid = ${parseId('BulkExport', old)}::uuid`
    expect(await exportOf(support, second)).toMatchObject({ state: 'QUEUED' })
    const refused = await askExport(own, 'admin', products)
    expect([refused.status, codesOf(answer.parse(await refused.json()))]).toEqual([429, ['RATE_LIMITED']])
    expect(await exportEnded(admin, first)).toMatchObject({ state: 'DONE', rowCount: 270 })
    expect(await exportEnded(support, second)).toMatchObject({ state: 'DONE' })
    expect(await exportEnded(support, old)).toMatchObject({ state: 'FAILED', failure: { code: 'TOO_OLD' } })
  })

  it('is one of at most twenty of a principal, also when they are asked for at once', async () => {
    await using own = await createWorld({ env: { ...verySlow, MAX_EXPORTS: '1' } })
    const admin = own.as('admin')
    const first = await startExport(admin, numbers)
    await exportWhen(admin, first, ({ rowCount }) => rowCount === 100)
    const tried = await Promise.all(Array.from({ length: 22 }, () => tryToExport(admin, { document: products })))
    const codes = tried.flatMap(({ userErrors }) => userErrors.map(({ code }) => code))
    expect(codes).toEqual(Array(3).fill('TOO_MANY_EXPORTS'))
    expect((await tryToExport(own.as('support'), { document: products })).userErrors).toEqual([])
  })
})
