import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { encodeId } from '../../../src/platform/graphql/ids.ts'
import { answer, codesOf, createWorld, type World } from '../../support/world.ts'
import { exportEnded, exportOf, startExport } from './support/export-job.ts'

// RFC 9110: section 13.1.5 (If-Range) and section 14 (ranges).

let world: World
let path: string
let whole: string
let tag: string
beforeAll(async () => {
  world = await createWorld()
  const admin = world.as('admin')
  const id = await startExport(admin, '{ orders { edges { node { id number } } } }')
  path = (await exportEnded(admin, id)).url ?? ''
  const response = await get()
  whole = await response.text()
  tag = response.headers.get('etag') ?? ''
})
afterAll(() => world.close())

const get = (headers: Record<string, string> = {}, method = 'GET', at = path) =>
  fetch(new URL(at, world.url), { method, headers: { 'accept-encoding': 'identity', ...headers } })

describe('a download', () => {
  it('is the file, with what a client needs to go on with it later', async () => {
    const { status, headers } = await get()
    expect(status).toBe(200)
    expect(Object.fromEntries(headers)).toMatchObject({
      'accept-ranges': 'bytes',
      'content-length': String(whole.length),
      'content-type': 'application/x-ndjson; charset=utf-8',
      'content-disposition': expect.stringMatching(/^attachment; filename="bulk_export_\w{26}\.ndjson"$/),
      'cache-control': 'private, no-cache',
      'x-content-type-options': 'nosniff',
    })
    expect(tag).toMatch(/^"[\w.-]+"$/)
  })

  it('has the same head for HEAD, and no body', async () => {
    const response = await get({ range: 'bytes=0-9' }, 'HEAD')
    expect([response.status, response.headers.get('content-length'), await response.text()]).toEqual([
      200,
      String(whole.length),
      '',
    ])
  })

  it.each<[string, (size: number) => [number, number]]>([
    ['bytes=0-9', () => [0, 10]],
    ['bytes=5-5', () => [5, 6]],
    ['bytes=100-', (size) => [100, size]],
    ['bytes=-7', (size) => [size - 7, size]],
    ['bytes=-99999999', (size) => [0, size]],
    ['bytes=10-99999999', (size) => [10, size]],
  ])('of the range %s has these bytes', async (range, expected) => {
    const [start, end] = expected(whole.length)
    const response = await get({ range })
    expect([response.status, response.headers.get('content-range')]).toEqual([
      206,
      `bytes ${start}-${end - 1}/${whole.length}`,
    ])
    expect(await response.text()).toBe(whole.slice(start, end))
  })

  it.each(['bytes=9-5', 'bytes=-', 'bytes=a-b', 'rows=0-9', 'bytes=0-1,4-5'])(
    'is whole for the range %s',
    async (range) => {
      const response = await get({ range })
      expect([response.status, await response.text()]).toEqual([200, whole])
    },
  )

  it.each([() => `bytes=${whole.length}-`, () => 'bytes=-0'])(
    'of a range behind the end is refused: %#',
    async (range) => {
      const response = await get({ range: range() })
      expect([response.status, response.headers.get('content-range')]).toEqual([416, `bytes */${whole.length}`])
      expect(codesOf(answer.parse(await response.json()))).toEqual(['RANGE_NOT_SATISFIABLE'])
    },
  )

  it('goes on only where the file is the same', async () => {
    const modified = (await get()).headers.get('last-modified') ?? ''
    const statusFor = async (ifRange: string) => (await get({ range: 'bytes=10-', 'if-range': ifRange })).status
    expect([await statusFor(tag), await statusFor(modified)]).toEqual([206, 206])
    expect([await statusFor('"another"'), await statusFor(`W/${tag}`)]).toEqual([200, 200])
    expect(await statusFor(new Date(0).toUTCString())).toBe(200)
  })

  it('is not sent again to a client that has it', async () => {
    const response = await get({ 'if-none-match': tag })
    expect([response.status, await response.text()]).toEqual([304, ''])
  })

  it('in pieces is the whole file', async () => {
    let text = ''
    while (text.length < whole.length) {
      const response = await get({ range: `bytes=${text.length}-${text.length + 9999}`, 'if-range': tag })
      expect(response.status).toBe(206)
      text += await response.text()
    }
    expect(text).toBe(whole)
  })
})

describe('a link', () => {
  const refusalOf = async (at: string, method = 'GET') => {
    const response = await get({}, method, at)
    return [response.status, ...codesOf(answer.parse(await response.json()))]
  }

  it('is refused where it was changed, or has expired, or is of another file', async () => {
    const url = new URL(path, world.url)
    const changed = (name: string, value: string) => {
      const other = new URL(url)
      other.searchParams.set(name, value)
      return `${other.pathname}${other.search}`
    }
    const later = String(Number(url.searchParams.get('expires')) + 1)
    const another = path.replace(/bulk_export_\w{26}/, encodeId('BulkExport', '0198c0de-0000-7000-8000-000000000000'))
    for (const wrong of [
      changed('expires', later),
      changed('expires', 'NaN'),
      changed('signature', 'AAAA'),
      changed('signature', ''),
      url.pathname,
      another,
    ])
      expect(await refusalOf(wrong)).toEqual([403, 'FORBIDDEN'])
  })

  it('is good for a quarter of an hour', async () => {
    const expires = Number(new URL(path, world.url).searchParams.get('expires')) * 1000
    expect(expires - Date.now()).toBeGreaterThan(13 * 60_000)
    expect(expires - Date.now()).toBeLessThanOrEqual(15 * 60_000)
  })

  it('leads nowhere with another method or path', async () => {
    const response = await get({}, 'DELETE')
    expect([response.status, response.headers.get('allow')]).toEqual([405, 'GET, HEAD, OPTIONS'])
    expect(await refusalOf('/bulk/exports/x/file')).toEqual([404, 'NOT_FOUND'])
  })

  it('to a file that is not on this server leads to none', async () => {
    const admin = world.as('admin')
    const id = await startExport(admin, '{ categories { edges { node { id } } } }')
    await exportEnded(admin, id)
    await world.client.$executeRaw`
      update platform.pf_bulk_export set mark_doc = jsonb_set(mark_doc, '{file,name}', '"elsewhere"') where gql_txt like '%categories%'`
    expect(await refusalOf((await exportOf(admin, id)).url ?? '')).toEqual([404, 'NOT_FOUND'])
  })
})
