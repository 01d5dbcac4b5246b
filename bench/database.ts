import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import pg from 'pg'
import { z } from 'zod'
import { generateOrders } from '../prisma/load-test/generate.ts'
import { prismaFolder } from '../src/app.ts'
import { openEmbeddedDatabase } from '../src/platform/database/embedded.ts'
import { migrateDatabase } from '../src/platform/database/migrate.ts'
import type { DatabaseUrls } from '../src/platform/database/urls.ts'
import { domain } from '../src/schema.ts'

export const dataFolder = join(import.meta.dirname, '.data')

/** The rows that requests ask for, the same for every contender and in one fixed order. */
export interface Sample {
  skus: readonly string[]
  customerIds: readonly string[]
  /** Products with enough stock for every order. */
  productIds: readonly string[]
  supplierIds: readonly string[]
  orderIds: readonly string[]
  lineIds: readonly string[]
  words: readonly string[]
}

export interface BenchDatabase {
  urls: DatabaseUrls
  client: pg.Client
  sample: Sample
  /** Removes every order placed by a run, so that the next run finds the same data. */
  reset(): Promise<void>
  stop(): Promise<void>
}

const skuCount = 200
const customerCount = 50
const productCount = 300
const nodeCount = 100
/** The generator's last order number. Placed orders have higher ones. */
const lastGeneratedNumber = 100_000_000

/** The project's own PostgreSQL, migrated and filled by its own code, and kept for the next run. */
export async function openBenchDatabase(orders: number): Promise<BenchDatabase> {
  const embedded = await openEmbedded(join(dataFolder, `orders-${orders}`))
  const client = new pg.Client({ connectionString: embedded.ownerUrl, application_name: 'bench' })
  try {
    const migrated = await migrateDatabase(embedded, prismaFolder, domain)
    if (migrated.length > 0) console.error(`Migrated: ${migrated.join(', ')}.`)
    await seed(embedded.ownerUrl, orders)
    await client.connect()
    await client.query('create extension if not exists pg_stat_statements')
    await client.query(await readFile(join(import.meta.dirname, 'functions.sql'), 'utf8'))
    const sample = await drawSample(client)
    await reset(client, sample)
    return {
      urls: embedded,
      client,
      sample,
      reset: () => reset(client, sample),
      stop: async () => {
        await client.end()
        await embedded.stop()
      },
    }
  } catch (error) {
    await client.end().catch(() => {})
    await embedded.stop()
    throw error
  }
}

/** Settings of the benchmark's PostgreSQL: statements are counted, and a commit does not wait for the disk. */
const serverSettings = { shared_preload_libraries: 'pg_stat_statements', synchronous_commit: 'off' }

const setting = z.tuple([z.object({ setting: z.string() })])

async function openEmbedded(dataDir: string) {
  const open = () => openEmbeddedDatabase({ dataDir, exclusive: true, onProgress: console.error })
  const first = await open()
  let ready = false
  try {
    ready = await hasSettings(first.ownerUrl)
  } finally {
    if (!ready) await first.stop()
  }
  // PostgreSQL reads some settings at its start only.
  return ready ? first : open()
}

/** Whether the settings are in force; otherwise they are from the next start on. */
async function hasSettings(url: string): Promise<boolean> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    let held = true
    for (const [name, value] of Object.entries(serverSettings)) {
      const { rows } = await client.query('select current_setting($1) as setting', [name])
      if (setting.parse(rows)[0].setting === value) continue
      held = false
      await client.query(`alter system set ${name} = '${value}'`)
    }
    return held
  } finally {
    await client.end()
  }
}

async function seed(url: string, orders: number): Promise<void> {
  let shown = 0
  const { written } = await generateOrders(url, orders, {
    onProgress: ({ orders: held, target }) => {
      if (Date.now() - shown < 1000) return
      shown = Date.now()
      console.error(`Generating orders: ${held} of ${target}`)
    },
    onBuild: () => console.error('Building the indexes and checking the references.'),
  })
  if (written.orders > 0) console.error(`Generated ${written.orders} orders.`)
}

const texts = z.array(z.object({ text: z.string() }))

async function drawSample(client: pg.Client): Promise<Sample> {
  const list = async (sql: string, values: unknown[]) =>
    texts.parse((await client.query(sql, values)).rows).map(({ text }) => text)
  return {
    skus: await list('select sku_cd as text from commerce.md_product order by md5(sku_cd) limit $1', [skuCount]),
    customerIds: await list(
      `select cust_uid::text as text from commerce.so_header where doc_no <= $2
       group by cust_uid order by abs(count(*) - 20), cust_uid limit $1`,
      [customerCount, lastGeneratedNumber],
    ),
    productIds: await list(
      'select uid::text as text from commerce.md_product where not disc_flg order by md5(sku_cd) limit $1',
      [productCount],
    ),
    supplierIds: await list('select uid::text as text from commerce.md_supplier order by md5(nm), uid limit $1', [
      nodeCount,
    ]),
    orderIds: await list(
      'select uid::text as text from commerce.so_header where doc_no <= $2 order by md5(doc_no::text) limit $1',
      [nodeCount, lastGeneratedNumber],
    ),
    lineIds: await list(
      `select l.uid::text as text from commerce.so_line l join commerce.so_header h on h.uid = l.so_uid
       where h.doc_no <= $2 order by md5(h.doc_no::text), l.line_no limit $1`,
      [nodeCount, lastGeneratedNumber],
    ),
    words: await list(
      `select word as text from commerce.md_product p, regexp_split_to_table(p.nm, '[^[:alpha:]]+') word
       where length(word) > 3 group by word order by md5(word) limit $1`,
      [nodeCount],
    ),
  }
}

async function reset(client: pg.Client, { productIds }: Sample): Promise<void> {
  await client.query('delete from commerce.so_header where doc_no > $1', [lastGeneratedNumber])
  await client.query(`select setval('commerce.so_header_doc_no_seq', $1)`, [lastGeneratedNumber])
  await client.query('truncate platform.pf_outbox, platform.pf_idempotency')
  // Append-only tables, except here: orders of the last run are no part of the data.
  await client.query(`begin;
    alter table platform.pf_audit disable trigger pf_audit_append_only;
    truncate platform.pf_audit;
    alter table platform.pf_audit enable always trigger pf_audit_append_only;
    commit`)
  // Units reserved by generated orders stay. The sampled products have enough for any number of orders.
  await client.query(
    `update commerce.md_product p set qty_on_hand = 1000000000, qty_reserved = coalesce((
       select sum(l.qty) from commerce.so_line l join commerce.so_header h on h.uid = l.so_uid
       where l.product_uid = p.uid and h.status_cd in ('PLACED', 'PAID')), 0)
     where p.uid = any($1::uuid[])`,
    [productIds],
  )
  for (const table of ['commerce.so_header', 'commerce.so_line', 'commerce.md_product', 'platform.pf_outbox'])
    await client.query(`vacuum analyze ${table}`)
}
