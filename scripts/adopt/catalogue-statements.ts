/** Schemas that PostgreSQL itself and this project own: they are never read. */
const ownedElsewhere = `n.nspname !~ '^pg_' and n.nspname not in ('information_schema', 'platform', 'jobs')`

/** Tables and views, but not the partitions of a table, and not what an extension brought. */
const relations = `
  pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  where c.relkind in ('r', 'p', 'v', 'm', 'f') and not c.relispartition and c.relpersistence <> 't'
    and ${ownedElsewhere} and c.relname <> '_prisma_migrations'
    and not exists (select from pg_catalog.pg_depend d
                    where d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass and d.objid = c.oid and d.deptype = 'e')`

export const serverStatement = `
  select pg_catalog.current_setting('server_version_num')::int as "version",
         pg_catalog.current_database() as "database", current_user as "role"`

export const tablesStatement = `
  select c.oid::text as "oid", n.nspname as "schema", c.relname as "name",
         case c.relkind when 'r' then 'table' when 'p' then 'partitioned table' when 'v' then 'view'
                        when 'm' then 'materialized view' else 'foreign table' end as "kind",
         pg_catalog.obj_description(c.oid, 'pg_class') as "comment",
         pg_catalog.has_schema_privilege(n.oid, 'usage')
           and pg_catalog.has_any_column_privilege(c.oid, 'select') as "isReadable",
         c.relrowsecurity as "hasRowSecurity",
         (select coalesce(pg_catalog.sum(greatest(leaf.reltuples, 0)), 0)
          from pg_catalog.pg_class leaf
          where leaf.relkind <> 'p' and (leaf.oid = c.oid or leaf.oid in (
            select part.relid from pg_catalog.pg_partition_tree(c.oid) part where c.relkind = 'p'))
         )::float8 as "estimate"
  from ${relations}
  order by n.nspname, c.relname`

/** The conditions of a domain and of the domains that it is made of. */
const domainChecks = `(
    with recursive chain (oid) as (
      select a.atttypid union
      select t.typbasetype from chain join pg_catalog.pg_type t on t.oid = chain.oid and t.typtype = 'd'
    )
    select coalesce(pg_catalog.jsonb_agg(pg_catalog.jsonb_build_object(
      'name', con.conname, 'expression', pg_catalog.pg_get_expr(con.conbin, 0)) order by con.conname), '[]')
    from chain join pg_catalog.pg_constraint con on con.contypid = chain.oid and con.contype = 'c')`

/** Types are described down to the base of a domain and to the items of an array. */
export const columnsStatement = `
  select a.attrelid::text as "table", a.attname as "name",
         coalesce(a.attnotnull or domain.required, false) as "isRequired",
         pg_catalog.format_type(coalesce(domain.base, a.atttypid), coalesce(domain.typmod, a.atttypmod)) as "type",
         case when domain.base is null then null else pg_catalog.format_type(a.atttypid, null) end as "domain",
         ${domainChecks} as "domainChecks",
         base.typname as "base", base_ns.nspname as "baseSchema", base.typtype::text as "baseKind", base.oid::text as "baseOid",
         item.typname is not null as "isList", a.attndims > 1 as "hasDimensions",
         a.attgenerated <> '' as "isGenerated",
         case a.attidentity when 'a' then 'always' when 'd' then 'by default' end as "identity",
         pg_catalog.pg_get_expr(def.adbin, def.adrelid) as "default",
         pg_catalog.col_description(a.attrelid, a.attnum) as "comment",
         pg_catalog.has_column_privilege(a.attrelid, a.attnum, 'select') as "isReadable"
  from pg_catalog.pg_attribute a
  left join pg_catalog.pg_attrdef def on def.adrelid = a.attrelid and def.adnum = a.attnum
  left join lateral (
    with recursive down (oid, typmod, required, depth) as (
      select t.typbasetype, t.typtypmod, t.typnotnull, 1 from pg_catalog.pg_type t where t.oid = a.atttypid and t.typtype = 'd'
      union all
      select t.typbasetype, case when down.typmod = -1 then t.typtypmod else down.typmod end, down.required or t.typnotnull, depth + 1
      from down join pg_catalog.pg_type t on t.oid = down.oid and t.typtype = 'd'
    ) select down.oid as base, down.typmod, down.required from down order by depth desc limit 1
  ) domain on true
  join pg_catalog.pg_type own on own.oid = coalesce(domain.base, a.atttypid)
  left join pg_catalog.pg_type item on item.oid = own.typelem and own.typcategory = 'A'
  join pg_catalog.pg_type base on base.oid = coalesce(item.oid, own.oid)
  join pg_catalog.pg_namespace base_ns on base_ns.oid = base.typnamespace
  where a.attnum > 0 and not a.attisdropped and a.attrelid = any($1::pg_catalog.oid[])
  order by a.attrelid, a.attnum`

function columnNames(table: string, numbers: string): string {
  return `array(select k_a.attname::text
                from pg_catalog.unnest(${numbers}) with ordinality k(num, place)
                join pg_catalog.pg_attribute k_a on k_a.attrelid = ${table} and k_a.attnum = k.num order by k.place)`
}

/** What happens to a row when the row it leads to goes, as Prisma says it. */
function actionName(letter: string): string {
  return `case ${letter} when 'r' then 'Restrict' when 'c' then 'Cascade' when 'n' then 'SetNull' when 'd' then 'SetDefault'
              else 'NoAction' end`
}

/** A constraint of a partition repeats that of its table. */
export const constraintsStatement = `
  select con.conrelid::text as "table", con.conname as "name", con.contype::text as "kind",
         ${columnNames('con.conrelid', 'con.conkey')} as "columns",
         nullif(con.confrelid, 0)::text as "to",
         ${columnNames('con.confrelid', 'con.confkey')} as "toColumns",
         target.relname as "toName", target_ns.nspname as "toSchema",
         ${actionName('con.confdeltype')} as "onDelete", ${actionName('con.confupdtype')} as "onUpdate",
         case when con.contype = 'c' then pg_catalog.pg_get_expr(con.conbin, con.conrelid) end as "check"
  from pg_catalog.pg_constraint con
  left join pg_catalog.pg_class target on target.oid = con.confrelid
  left join pg_catalog.pg_namespace target_ns on target_ns.oid = target.relnamespace
  where con.conrelid = any($1::pg_catalog.oid[]) and con.contype in ('p', 'u', 'f', 'c') and con.conparentid = 0
  order by con.conrelid, con.contype, con.conname`

/** Without a condition a unique index identifies rows as a constraint does. */
export const indexesStatement = `
  select i.indrelid::text as "table", index.relname as "name", method.amname as "method", i.indisunique as "isUnique",
         pg_catalog.pg_get_expr(i.indpred, i.indrelid) as "condition",
         array(select a.attname::text
               from pg_catalog.unnest(i.indkey::int2[]) with ordinality k(num, place)
               left join pg_catalog.pg_attribute a on a.attrelid = i.indrelid and a.attnum = k.num and k.num > 0
               where k.place <= i.indnkeyatts order by k.place) as "columns",
         array(select op.opcname::text
               from pg_catalog.unnest(i.indclass::pg_catalog.oid[]) with ordinality k(oid, place)
               join pg_catalog.pg_opclass op on op.oid = k.oid
               where k.place <= i.indnkeyatts order by k.place) as "operatorClasses"
  from pg_catalog.pg_index i
  join pg_catalog.pg_class index on index.oid = i.indexrelid
  join pg_catalog.pg_am method on method.oid = index.relam
  where i.indrelid = any($1::pg_catalog.oid[]) and i.indisvalid
  order by i.indrelid, index.relname`

export const enumsStatement = `
  select n.nspname as "schema", t.typname as "name", pg_catalog.obj_description(t.oid, 'pg_type') as "comment",
         array(select e.enumlabel::text from pg_catalog.pg_enum e where e.enumtypid = t.oid order by e.enumsortorder) as "labels"
  from pg_catalog.pg_type t join pg_catalog.pg_namespace n on n.oid = t.typnamespace
  where t.typtype = 'e' and t.oid = any($1::pg_catalog.oid[])
  order by n.nspname, t.typname`
