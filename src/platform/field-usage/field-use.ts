import { Prisma } from '../../generated/prisma/client.ts'
import type { KeptRows } from '../database/retention-rule.ts'

/** How often one client asked for fields. */
export interface ClientUses {
  name: string
  version: string
  fields: Readonly<Record<string, number>>
}

/** How long field uses are stored. */
const storedDays = 180

/** Adds to the day's numbers, in one order, so that replicas that write at once do not deadlock. */
export function addUses(day: string, uses: readonly ClientUses[]): Prisma.Sql {
  return Prisma.sql`
    insert into platform.pf_field_use as u (field_nm, clnt_nm, clnt_ver, use_day, use_cnt)
    select f.key, c.name, c.version, ${day}::text::date, f.value::bigint
    from jsonb_to_recordset(${JSON.stringify(uses)}::jsonb) as c(name text, version text, fields jsonb),
      jsonb_each_text(c.fields) as f
    order by 1, 2, 3
    on conflict (field_nm, clnt_nm, clnt_ver, use_day) do update set use_cnt = u.use_cnt + excluded.use_cnt`
}

export const keptUses: KeptRows = {
  name: 'uses of fields',
  keep: `${storedDays} days`,
  table: 'platform.pf_field_use',
  isOver: Prisma.sql`use_day < (now() at time zone 'utc')::date - ${storedDays}::int`,
}
