import type { ClientBase } from 'pg'
import { z } from 'zod'
import type { TableRights } from './privileges.ts'

/** Tables of another system on which the migrating role may give no rights. */
export class OwnerMustGrant extends Error {
  constructor(statements: readonly string[]) {
    super(
      'Everything else is done. These tables belong to other roles, so their owners must give the server its rights:\n\n' +
        statements.map((statement) => `  ${statement};`).join('\n'),
    )
  }
}

const tables = z.array(
  z.object({
    table: z.string(),
    schema: z.string(),
    /** Whether the connected role may give rights to them. */
    ownsTable: z.boolean(),
    ownsSchema: z.boolean(),
    /** What the server role lacks. */
    lacksUsage: z.boolean(),
    lackedKinds: z.array(z.string()),
    lackedColumns: z.array(z.string()),
    /** Of serial columns, where rows are inserted. Sequences of identity columns need no right of their own. */
    sequences: z.array(z.object({ name: z.string(), isLacked: z.boolean() })),
  }),
)

interface ExternalGrants {
  /** For the connected role, which may run them. */
  own: string[]
  /** For the owners of the tables. */
  others: string[]
}

/**
 * The rights of the server role to the tables of another system. What other roles and PUBLIC may do there is not ours to
 * change, and neither is any other table.
 */
export async function externalGrants(
  client: ClientBase,
  { name, quoted }: { name: string; quoted: string },
  rights: readonly TableRights[],
): Promise<ExternalGrants> {
  const found = tables.parse((await client.query(lookAt, [JSON.stringify(rights), name])).rows)
  const own = found.flatMap(({ table, schema, ownsTable, ownsSchema, sequences }) => [
    ...(ownsSchema ? [`grant usage on schema ${schema} to ${quoted}`] : []),
    ...(ownsTable ? [`revoke all on table ${table} from ${quoted}`, ...granted(rights, table, quoted)] : []),
    ...(ownsTable ? sequences.map((sequence) => `grant usage on sequence ${sequence.name} to ${quoted}`) : []),
  ])
  const others = found.flatMap(({ table, schema, ownsTable, ownsSchema, ...lacks }) => [
    ...(!ownsSchema && lacks.lacksUsage ? [`grant usage on schema ${schema} to ${quoted}`] : []),
    ...(ownsTable ? [] : tableGrants({ table, kinds: lacks.lackedKinds, columns: lacks.lackedColumns }, quoted)),
    ...(ownsTable ? [] : lacks.sequences)
      .filter(({ isLacked }) => isLacked)
      .map((sequence) => `grant usage on sequence ${sequence.name} to ${quoted}`),
  ])
  return { own: [...new Set(own)], others: [...new Set(others)] }
}

/** The statement that gives rights to a table, if there are any. */
export function tableGrants(
  { table, kinds, columns }: { table: string; kinds: readonly string[]; columns: readonly string[] },
  role: string,
): string[] {
  const granted = columns.length === 0 ? kinds : [...kinds, `update (${columns.join(', ')})`]
  return granted.length === 0 ? [] : [`grant ${granted.join(', ')} on table ${table} to ${role}`]
}

function granted(rights: readonly TableRights[], table: string, role: string): string[] {
  return rights.filter((right) => right.table === table).flatMap((right) => tableGrants(right, role))
}

const lookAt = `
  select t."table", quote_ident(n.nspname) as "schema",
         pg_has_role(c.relowner, 'usage') as "ownsTable", pg_has_role(n.nspowner, 'usage') as "ownsSchema",
         not has_schema_privilege($2, n.oid, 'usage') as "lacksUsage",
         array(select k from unnest(t.kinds) k where not has_table_privilege($2, c.oid, k)) as "lackedKinds",
         array(select col from unnest(t.columns) col
               join pg_attribute a on a.attrelid = c.oid and a.attname = trim('"' from col)
               where not has_column_privilege($2, c.oid, a.attnum, 'update')) as "lackedColumns",
         coalesce((select json_agg(json_build_object(
                     'name', s.oid::regclass::text, 'isLacked', not has_sequence_privilege($2, s.oid, 'usage')))
                   from pg_depend d join pg_class s on s.oid = d.objid and s.relkind = 'S'
                   where d.refobjid = c.oid and d.deptype = 'a' and 'insert' = any(t.kinds)), '[]') as "sequences"
  from jsonb_to_recordset($1::jsonb) as t("table" text, kinds text[], columns text[])
  join pg_class c on c.oid = to_regclass(t."table")
  join pg_namespace n on n.oid = c.relnamespace
  order by t."table"`
