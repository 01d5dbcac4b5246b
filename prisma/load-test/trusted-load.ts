import type pg from 'pg'
import { z } from 'zod'

const notAllowed = '42501'
const foreignKeys = z.array(
  z.object({ child: z.string(), columns: z.array(z.string()), parent: z.string(), keys: z.array(z.string()) }),
)
const counted = z.tuple([z.object({ missing: z.number() })])

/**
 * Checking foreign keys row by row is half of the cost of loading. This connection alone skips them in favour of one
 * check of whole tables at the end, as pg_restore does; every other constraint is still checked. Only a superuser may
 * do this (the embedded database's user is one); others load with the checks, at half the speed.
 * https://www.postgresql.org/docs/current/runtime-config-client.html#GUC-SESSION-REPLICATION-ROLE
 */
export async function deferForeignKeys(client: pg.Client): Promise<void> {
  // A crash may lose the last blocks, and the next run writes them again.
  await client.query('set synchronous_commit = off')
  try {
    await client.query('set session_replication_role = replica')
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === notAllowed)) throw error
  }
}

/** Throws where a row refers to a missing row. */
export async function checkForeignKeys(client: pg.Client): Promise<void> {
  const found = await client.query(`
    select conrelid::regclass::text as child, confrelid::regclass::text as parent,
      array(select quote_ident(attname) from unnest(conkey) with ordinality k(n, i)
            join pg_attribute on attrelid = conrelid and attnum = n order by i)::text[] as columns,
      array(select quote_ident(attname) from unnest(confkey) with ordinality k(n, i)
            join pg_attribute on attrelid = confrelid and attnum = n order by i)::text[] as keys
    from pg_constraint where contype = 'f' and connamespace = 'commerce'::regnamespace`)
  for (const { child, columns, parent, keys } of foreignKeys.parse(found.rows)) {
    const same = columns.map((column, index) => `p.${keys[index]} = c.${column}`).join(' and ')
    const set = columns.map((column) => `c.${column} is not null`).join(' and ')
    const { rows } = await client.query(
      `select count(*)::int as missing from ${child} c where ${set} and not exists (select from ${parent} p where ${same})`,
    )
    const [{ missing }] = counted.parse(rows)
    if (missing > 0) throw new Error(`${missing} rows of ${child} refer to rows of ${parent} that are not there.`)
  }
}
