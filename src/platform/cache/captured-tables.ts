import { z } from 'zod'
import { withClient } from '../database/with-client.ts'

/** An enabled trigger of a whole statement for INSERT, UPDATE, DELETE and TRUNCATE each. */
const kinds = 4

const tables = z.array(z.object({ table: z.string() }))

/** The tables whose writes in plain SQL become events, by any role: quoted, with their schemas. */
export async function capturedTables(url: string): Promise<Set<string>> {
  const rows = await withClient(url, async (client) => {
    const found = await client.query(
      `select format('"%s"."%s"', n.nspname, c.relname) as "table"
       from pg_trigger t
       join pg_class c on c.oid = t.tgrelid join pg_namespace n on n.oid = c.relnamespace
       join pg_proc p on p.oid = t.tgfoid join pg_namespace f on f.oid = p.pronamespace
       where f.nspname = 'platform' and p.proname like 'pf\\_capture\\_%' and t.tgenabled = 'A'
       group by 1 having count(distinct t.tgtype) = $1`,
      [kinds],
    )
    return tables.parse(found.rows)
  })
  return new Set(rows.map(({ table }) => table))
}
