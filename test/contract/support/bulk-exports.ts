import { randomUUID } from 'node:crypto'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { encodeId } from '../../../src/platform/graphql/ids.ts'
import { viewersOfAll, type World } from '../../support/world.ts'

const row = {
  viewer: {},
  authorizedAt: new Date(0),
  requestId: 'of-a-test',
  document: '{ apiKeys { edges { node { id } } } }',
  variables: {},
  format: 'NDJSON',
  compression: 'NONE',
  state: 'DONE',
  endedAt: new Date(0),
} as const

/** Exports of the admin, of which some are equal in all but their id. Nothing is written. */
export async function addBulkExports({ client }: World): Promise<void> {
  const creatorId = viewersOfAll.admin.sub
  await client.bulkExport.createMany({
    data: Array.from({ length: 30 }, (_, index) => ({
      ...{ ...row, id: randomUUID(), creatorKind: 'staff', creatorId },
      createdAt: new Date(Math.floor(index / 3) * 1000),
    })),
  })
}

interface Caller {
  kind: string
  id: string
}

type Failed = { state: 'FAILED'; failureCode: string }
type Open = { state: 'QUEUED'; endedAt: null }

/** The id of an export that failed before its first row. */
export function addFailedExport(world: World, caller: Caller): Promise<string> {
  return addExport(world, caller, { state: 'FAILED', failureCode: 'TOO_OLD' })
}

/** The id of an export that waits, and has no job. */
export function addQueuedExport(world: World, caller: Caller): Promise<string> {
  return addExport(world, caller, { state: 'QUEUED', endedAt: null })
}

async function addExport({ client }: World, { kind, id: creatorId }: Caller, of: Open | Failed): Promise<string> {
  const id = randomUUID()
  await client.bulkExport.create({ data: { ...row, ...of, id, creatorKind: kind, creatorId } })
  return encodeId('BulkExport', id)
}

/** An export with this UUID, whose file has four bytes. */
export async function addWrittenExport({ client, config }: World, id: string): Promise<void> {
  const folder = join(config.dataDir, 'files')
  await mkdir(folder, { recursive: true })
  await writeFile(join(folder, id), 'rows')
  const mark = { file: { name: id, bytes: 4 }, rows: 1, snapshots: 1, after: null }
  const whole = { ...row, id, creatorKind: 'staff', creatorId: 'nobody', mark, endedAt: new Date() }
  await client.bulkExport.upsert({ where: { id }, create: whole, update: {} })
}
