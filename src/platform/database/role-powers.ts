import type { ClientBase } from 'pg'
import { z } from 'zod'
import { Prisma } from '../../generated/prisma/client.ts'
import { physicalTable } from './physical-names.ts'
import { withClient } from './with-client.ts'

const power = z.enum([
  'is a superuser',
  'bypasses row security',
  'may create roles',
  'may create databases',
  'owns tables',
])
const found = z.array(z.object({ powers: z.array(power) })).max(1)

/** What a role can do beyond its grants, itself or as a member of another role; undefined for a missing role. */
export async function powersOf(client: ClientBase, role: string): Promise<z.infer<typeof power>[] | undefined> {
  const tables = Object.values(Prisma.ModelName).map((model) => physicalTable(model).name)
  const { rows } = await client.query(
    `select array_remove(array[case when bool_or(o.rolsuper) then 'is a superuser' end,
                               case when bool_or(o.rolbypassrls) then 'bypasses row security' end,
                               case when bool_or(o.rolcreaterole) then 'may create roles' end,
                               case when bool_or(o.rolcreatedb) then 'may create databases' end,
                               case when bool_or(exists (select from pg_class where relowner = o.oid and oid = any(
                                 select to_regclass(name) from unnest($2::text[]) as name))) then 'owns tables' end], null) as "powers"
     from pg_roles r join pg_roles o on pg_has_role(r.oid, o.oid, 'MEMBER') where r.rolname = $1 group by r.oid`,
    [role, tables],
  )
  return found.parse(rows)[0]?.powers
}

/** The same for the role that a URL connects with. */
export async function powersAt(url: string): Promise<{ role: string; powers: readonly string[] }> {
  return withClient(url, async (client) => {
    const { rows } = await client.query('select session_user as "role"')
    const [{ role }] = z.tuple([z.object({ role: z.string() })]).parse(rows)
    return { role, powers: (await powersOf(client, role)) ?? [] }
  })
}
