import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { parseId } from '../../../src/platform/graphql/ids.ts'
import { createWorld, type World } from '../../support/world.ts'
import { fetchFile, fileText } from './support/download.ts'
import { exportText } from './support/export.ts'
import { exportEnded, startExport, tryToResume } from './support/export-job.ts'
import { S3Server, secretAccessKey } from './support/s3-server.ts'

const numbers = '{ orders { edges { node { id number } } } }'
const categories = '{ categories { edges { node { id name description } } } }'

let store: S3Server
let world: World
beforeEach(async () => {
  store = await S3Server.open()
  world = await createWorld({ env: store.env })
})
afterEach(async () => {
  const { logLines } = world
  await world.close()
  await store[Symbol.asyncDispose]()
  expect(logLines.filter((line) => line.includes(secretAccessKey))).toEqual([])
})

describe('a file in a bucket', () => {
  it('that is small is one object, which the store itself sends by a link', async () => {
    const admin = world.as('admin')
    const id = await startExport(admin, numbers, { compression: 'GZIP' })
    const done = await exportEnded(admin, id)
    expect(done).toMatchObject({ state: 'DONE', rowCount: 830 })
    expect(store.requests).toEqual(['PUT object'])
    expect([...store.objects.keys()]).toEqual([`some/where/${parseId('BulkExport', id)}-1.ndjson.gz`])
    const url = done.url ?? ''
    expect(url.startsWith(`${store.url}/exports/some/where/`)).toBe(true)
    const { headers, status } = await fetch(url)
    expect([status, headers.get('content-type'), headers.get('content-disposition')]).toEqual([
      200,
      'application/gzip',
      `attachment; filename="${id}.ndjson.gz"`,
    ])
    expect(await fileText(world, admin, id, 'GZIP')).toBe(await exportText(world, 'admin', numbers))
    expect((await fetchFile(world, admin, id, { headers: { range: 'bytes=0-9' } })).status).toBe(206)
    expect((await fetch(url.replace('X-Amz-Expires=900', 'X-Amz-Expires=901'))).status).toBe(403)
    expect((await world.audited()).map(({ action }) => action)).toContain('exportLink')
  })

  it('that is large is uploaded in parts, and joined', async () => {
    await world.client.$executeRaw`
      insert into commerce.md_category (uid, nm, descr_txt)
      select gen_random_uuid(), 'Category ' || n, repeat(md5(n::text), 310) from generate_series(1, 4000) n`
    const admin = world.as('admin')
    const id = await startExport(admin, categories)
    const done = await exportEnded(admin, id, 90_000)
    expect(done).toMatchObject({ state: 'DONE', rowCount: 4008, snapshots: 1 })
    expect(done.byteSize).toBeGreaterThan(2 * 16 * 1024 * 1024)
    expect(store.requests.filter((each) => !each.startsWith('PUT part'))).toEqual(['POST uploads', 'POST upload'])
    expect(store.uploads.size).toBe(0)
    const text = await fileText(world, admin, id)
    expect(text === (await exportText(world, 'admin', categories))).toBe(true)

    // As if the server had died between the joining and its record.
    await world.client.$executeRaw`update platform.pf_bulk_export set state_cd = 'FAILED', fail_cd = 'UNAVAILABLE'`
    expect((await tryToResume(admin, id)).userErrors).toEqual([])
    expect(await exportEnded(admin, id)).toMatchObject({ state: 'DONE', rowCount: 4008, snapshots: 1 })
    expect(store.requests.slice(-2)).toEqual(['POST upload', 'HEAD object'])
    expect((await fileText(world, admin, id)) === text).toBe(true)
  })

  it('survives that the store is away for a while', async () => {
    store.unavailable = 2
    const admin = world.as('admin')
    const id = await startExport(admin, numbers)
    expect(await exportEnded(admin, id)).toMatchObject({ state: 'DONE', rowCount: 830 })
    expect(await fileText(world, admin, id)).toBe(await exportText(world, 'admin', numbers))
  })
})
