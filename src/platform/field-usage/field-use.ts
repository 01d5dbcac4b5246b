import { Prisma } from '../../generated/prisma/client.ts'

/** How often one client asked for fields. */
export interface ClientUses {
  name: string
  version: string
  fields: Readonly<Record<string, number>>
}

/** For how long it is known that somebody asked. */
const keptDays = 180

/** Adds to what is there of the day. In one order, so that replicas that write at once wait for each other in turn. */
export function addUses(day: string, uses: readonly ClientUses[]): Prisma.Sql {
  return Prisma.sql`
    insert into platform.pf_field_use as u (field_nm, clnt_nm, clnt_ver, use_day, use_cnt)
    select f.key, c.name, c.version, ${day}::text::date, f.value::bigint
    from jsonb_to_recordset(${JSON.stringify(uses)}::jsonb) as c(name text, version text, fields jsonb),
      jsonb_each_text(c.fields) as f
    order by 1, 2, 3
    on conflict (field_nm, clnt_nm, clnt_ver, use_day) do update set use_cnt = u.use_cnt + excluded.use_cnt`
}

export function forgetOldUses(): Prisma.Sql {
  return Prisma.sql`
    delete from platform.pf_field_use where use_day < (now() at time zone 'utc')::date - ${keptDays}::int`
}
