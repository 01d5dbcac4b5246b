import type pg from 'pg'
import { z } from 'zod'
import { type Model, physicalTable } from '../../src/platform/database/physical-names.ts'
import { inTransaction } from '../dataset.ts'

/** The tables that orders fill. Unique indexes stay, because they enforce constraints. */
const models: Model[] = ['Order', 'OrderLine', 'Shipment', 'ShipmentLine', 'Payment', 'Invoice', 'StockMovement']
/** Records the dropped indexes in the transaction that drops them, so that a killed run loses none. */
const memory = 'platform.load_test_index'

const definitions = z.array(z.object({ definition: z.string() }))

/**
 * Runs a large load without the indexes that only make reads fast, and builds each of them afterwards in one go. After
 * a kill they are missing until the next run of any kind has built them.
 */
export async function withoutSecondaryIndexes(client: pg.Client, onBuild: () => void, load: () => Promise<void>) {
  await inTransaction(client, () => dropIndexes(client))
  try {
    await load()
  } finally {
    onBuild()
    await restoreSecondaryIndexes(client)
  }
}

/** Builds the indexes that a killed run left out. */
export async function restoreSecondaryIndexes(client: pg.Client): Promise<void> {
  const known = await client.query('select to_regclass($1) is not null as known', [memory])
  if (!z.tuple([z.object({ known: z.boolean() })]).parse(known.rows)[0].known) return
  const { rows } = await client.query(`select definition from ${memory}`)
  for (const { definition } of definitions.parse(rows)) {
    await client.query(definition.replace(/^CREATE INDEX /, 'create index if not exists '))
  }
  await client.query(`drop table ${memory}`)
}

async function dropIndexes(client: pg.Client): Promise<void> {
  // DDL takes no parameters. These names are the models' own, quoted.
  const tables = models.map((model) => `'${physicalTable(model).name}'::regclass`).join(', ')
  await client.query(`create table ${memory} as
    select indexrelid::regclass::text as name, pg_get_indexdef(indexrelid) as definition
    from pg_index where indrelid in (${tables}) and not indisunique`)
  const { rows } = await client.query(`select name from ${memory}`)
  for (const { name } of z.array(z.object({ name: z.string() })).parse(rows)) await client.query(`drop index ${name}`)
}
