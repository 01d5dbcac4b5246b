import type { ClientBase } from 'pg'
import { Prisma } from '../src/generated/prisma/client.ts'
import { physicalTable } from '../src/platform/database/physical-names.ts'
import { copyRows } from './copy.ts'

/**
 * Runs `load` and records the data set in one transaction, unless it is recorded already. Returns whether it ran. The
 * second of two loaders at once waits, and then finds the record.
 */
export async function loadOnce(client: ClientBase, name: string, load: () => Promise<void>): Promise<boolean> {
  return inTransaction(client, async () => {
    await client.query(`lock table ${physicalTable('Dataset').name} in share row exclusive mode`)
    if (await isLoaded(client, name)) return false
    await load()
    await copyRows(client, 'Dataset', [{ name, loadedAt: new Date() }])
    return true
  })
}

async function isLoaded(client: ClientBase, name: string): Promise<boolean> {
  const dataset = physicalTable('Dataset')
  const found = await client.query(`select from ${dataset.name} where ${dataset.column('name')} = $1`, [name])
  return found.rowCount !== 0
}

export async function inTransaction<T>(client: ClientBase, work: () => Promise<T>): Promise<T> {
  await client.query('begin')
  try {
    const result = await work()
    await client.query('commit')
    return result
  } catch (error) {
    // Reports the first error: a broken connection cannot roll back, and need not.
    await client.query('rollback').catch(() => {})
    throw error
  }
}

/** Updates the planner's statistics now, before autovacuum does. */
export async function analyze(client: ClientBase): Promise<void> {
  const tables = Object.values(Prisma.ModelName).map((model) => physicalTable(model).name)
  await client.query(`analyze ${tables.join(', ')}`)
}
