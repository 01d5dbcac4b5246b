import { expect, it, onTestFinished } from 'vitest'
import { z } from 'zod'
import { demoViewers } from '../../../prisma/demo/viewers.ts'
import { developmentToken } from '../../../src/platform/auth/development-keys.ts'
import { parseConfig } from '../../../src/platform/config/config.ts'
import { createEnvironment, type Environment } from '../../support/environment.ts'
import { ServerProcess } from '../../support/server-process.ts'
import { answer, createWorld, type World } from '../../support/world.ts'
import { fileText } from './support/download.ts'
import { exportText } from './support/export.ts'
import { type Caller, exportEnded, exportOf, exportWhen, startExport } from './support/export-job.ts'
import { withOwner } from './support/owner.ts'
import { S3Server } from './support/s3-server.ts'

// A server that dies takes the end of its heartbeat with it: another one goes on after some 15 seconds.

const categories = '{ categories { edges { node { id name description } } } }'
const generous = { RATE_LIMIT_CAPACITY: '1000000000', LOG_LEVEL: 'warn', LOG_FORMAT: 'json' }

/** So many categories, each with a text of 32 characters for each of `texts`. */
const addCategories = (ownerUrl: string, count: number, texts: number) =>
  withOwner(
    ownerUrl,
    `insert into commerce.md_category (uid, nm, descr_txt)
     select gen_random_uuid(), 'Category ' || n, (select string_agg(md5((n * 1000 + k)::text), '') from generate_series(1, ${texts}) k)
     from generate_series(1, ${count}) n`,
  )

/** The admin, as a client of a server process. */
async function adminOf({ dataDir }: Environment): Promise<(server: ServerProcess) => Caller & Pick<World, 'fetchAs'>> {
  const claims = demoViewers.find(({ name }) => name === 'admin')?.claims
  if (!claims) throw new Error('there is no admin')
  const token = await developmentToken(dataDir, parseConfig({ DATA_DIR: dataDir }).auth, claims)
  return ({ url }) => {
    const fetchAs: World['fetchAs'] = (_viewer, path, { headers, ...init } = {}) => {
      const given = Object.fromEntries(new Headers(headers))
      return fetch(`${url}${path}`, { ...init, headers: { authorization: `Bearer ${token}`, ...given } })
    }
    return {
      fetchAs,
      query: async (query, variables = {}) => {
        const headers = { 'content-type': 'application/json', accept: 'application/json' }
        const response = await fetchAs('', '/graphql', {
          method: 'POST',
          headers,
          body: JSON.stringify({ query, variables }),
        })
        return answer.parse(await response.json())
      },
    }
  }
}

const rows = z.array(z.object({ id: z.string() }))

it.each(['NONE', 'ZSTD'] as const)(
  'an export with %s is whole although its server is killed again and again while it writes',
  async (compression) => {
    await using environment = await createEnvironment('demo')
    const count = 100_000
    await addCategories(environment.ownerUrl, count, 1)
    const admin = await adminOf(environment)
    const env = { ...environment.env, ...generous, EXPORT_ROWS_PER_MINUTE: '100000000' }
    let server = await ServerProcess.open(env)
    try {
      const id = await startExport(admin(server), categories, { compression })
      let written = 0
      let kills = 0
      for (; kills < 3; kills++) {
        const enough = written + 5_000 + Math.random() * 15_000
        const found = await exportWhen(admin(server), id, (at) => at.rowCount >= enough || at.state === 'DONE', 60_000)
        await server.end('SIGKILL')
        server = await ServerProcess.open(env)
        if (found.state === 'DONE') break
        const kept = await exportOf(admin(server), id)
        expect(kept.rowCount).toBeGreaterThan(written)
        written = kept.rowCount
      }
      const done = await exportEnded(admin(server), id, 90_000)
      console.log(`killed ${kills} times, ${done.snapshots} snapshots, ${done.byteSize} bytes`)
      expect(done).toMatchObject({ state: 'DONE', rowCount: count + 8 })
      expect(done.snapshots).toBeGreaterThan(1)
      const text = await fileText(server, admin(server), id, compression)
      // Compared as a whole: a difference of two texts of this size would take minutes to print.
      expect(text === (await exportText(admin(server), '', categories))).toBe(true)
      const lines = rows.parse(
        text
          .trimEnd()
          .split('\n')
          .map((line): unknown => JSON.parse(line)),
      )
      expect(new Set(lines.map((line) => line.id)).size).toBe(count + 8)
    } finally {
      await server.end('SIGKILL')
    }
  },
  240_000,
)

it('another server goes on with the export of one that is killed', async () => {
  await using environment = await createEnvironment('demo')
  const admin = await adminOf(environment)
  // The second page waits for ten seconds at least.
  const slow = { ...environment.env, ...generous, EXPORT_ROWS_PER_MINUTE: '300' }
  await using other = await ServerProcess.open({ ...slow, EXPORT_ROWS_PER_MINUTE: '100000' })
  const server = await ServerProcess.open(slow)
  const numbers = '{ orders { edges { node { id number } } } }'
  const id = await startExport(admin(server), numbers)
  await exportWhen(admin(server), id, ({ rowCount }) => rowCount === 100)
  await server.end('SIGKILL')
  expect(await exportEnded(admin(other), id, 60_000)).toMatchObject({ state: 'DONE', rowCount: 830, snapshots: 2 })
  expect(await fileText(other, admin(other), id)).toBe(await exportText(admin(other), '', numbers))
}, 120_000)

it('a file in a bucket is gone on with behind its last part when the server stops', async () => {
  await using store = await S3Server.open()
  // The third page and those behind it wait for some seconds.
  await using world = await createWorld({ env: { ...store.env, EXPORT_ROWS_PER_MINUTE: '3000' } })
  await addCategories(world.databaseUrl, 4000, 310)
  // Others run it.
  await world.exports.stop()
  const stopping = await world.openReplica()
  const id = await startExport(stopping.as('admin'), categories)
  const marked = async () => (await world.client.bulkExport.findFirstOrThrow()).mark
  await expect.poll(marked, { timeout: 20_000 }).not.toBeNull()
  await stopping.close()
  const next = await world.openReplica()
  onTestFinished(() => next.close())
  expect(await exportEnded(next.as('admin'), id, 60_000)).toMatchObject({ state: 'DONE', rowCount: 4008, snapshots: 2 })
  expect(store.requests.filter((each) => each === 'POST uploads')).toHaveLength(1)
  // A number stays free for what the first run may still have sent.
  expect(store.requests).toEqual(expect.arrayContaining(['PUT part 1', 'PUT part 3']))
  const text = await fileText(world, world.as('admin'), id)
  expect(text === (await exportText(world, 'warehouse', categories))).toBe(true)
}, 120_000)

it('files in a bucket are removed after a week, whole or not', async () => {
  await using store = await S3Server.open()
  await using world = await createWorld({ env: { ...store.env, EXPORT_ROWS_PER_MINUTE: '3000' } })
  await addCategories(world.databaseUrl, 4000, 310)
  const support = world.as('support')
  const whole = await startExport(support, '{ orders { edges { node { id } } } }')
  await exportEnded(support, whole)
  await startExport(world.as('admin'), categories)
  const running = () => world.client.bulkExport.findFirst({ where: { state: 'RUNNING' } })
  await expect.poll(async () => (await running())?.mark ?? null, { timeout: 20_000 }).not.toBeNull()
  expect([store.objects.size, store.uploads.size]).toEqual([1, 1])
  // As if another run had begun, and failed.
  await world.client.$executeRaw`
    update platform.pf_bulk_export set ended_ts = now() - interval '8 days', runs_nr = runs_nr + 1,
      state_cd = case when state_cd = 'RUNNING' then 'FAILED'::platform.pf_export_state_t else state_cd end`
  await world.retention.apply()
  expect([store.objects.size, store.uploads.size]).toEqual([0, 0])
  expect(await exportOf(support, whole)).toMatchObject({ state: 'DONE', url: null })
}, 60_000)
