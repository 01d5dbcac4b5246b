// The statements name the tables by $1, an array of oids.

/** The oids of tables by their schemas ($1) and names ($2). */
export const oidsStatement = `
  select c.oid::text as "oid"
  from unnest($1::text[], $2::text[]) with ordinality wanted(schema, name, place)
  join pg_catalog.pg_namespace n on n.nspname = wanted.schema
  join pg_catalog.pg_class c on c.relnamespace = n.oid and c.relname = wanted.name
  order by wanted.place`

/** Every type that a column has, with the types below arrays, domains and composite types. */
const usedTypes = `
  recursive used (oid) as (
    select a.atttypid from pg_catalog.pg_attribute a
    where a.attrelid = any($1::pg_catalog.oid[]) and a.attnum > 0 and not a.attisdropped
    union
    select part.oid from used join pg_catalog.pg_type t on t.oid = used.oid
    cross join lateral (
      select t.typelem where t.typelem <> 0 and t.typcategory = 'A'
      union all select t.typbasetype where t.typbasetype <> 0
      union all select a.atttypid from pg_catalog.pg_attribute a
                where t.typtype = 'c' and a.attrelid = t.typrelid and a.attnum > 0 and not a.attisdropped
    ) part(oid)
  )`

const isOfExtension = (catalog: string, oid: string) => `exists (
  select from pg_catalog.pg_depend d
  where d.classid = 'pg_catalog.${catalog}'::pg_catalog.regclass and d.objid = ${oid} and d.deptype = 'e')`

/** Extensions that brought a type of a column or an operator class of an index. */
export const extensionsStatement = `
  with ${usedTypes}
  select distinct pg_catalog.quote_ident(e.extname) as "name", pg_catalog.quote_ident(n.nspname) as "schema"
  from pg_catalog.pg_depend d join pg_catalog.pg_extension e on e.oid = d.refobjid
  join pg_catalog.pg_namespace n on n.oid = e.extnamespace
  where d.deptype = 'e' and d.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass and e.extname <> 'plpgsql' and (
    (d.classid = 'pg_catalog.pg_type'::pg_catalog.regclass and d.objid in (select oid from used))
    or (d.classid = 'pg_catalog.pg_opclass'::pg_catalog.regclass and d.objid in (
      select pg_catalog.unnest(i.indclass::pg_catalog.oid[]) from pg_catalog.pg_index i
      where i.indrelid = any($1::pg_catalog.oid[]))))
  order by 1`

export const typesStatement = `
  with ${usedTypes}
  select t.typtype::text as "kind", pg_catalog.quote_ident(n.nspname) as "schema",
         pg_catalog.format('%I.%I', n.nspname, t.typname) as "name",
         array(select pg_catalog.quote_literal(e.enumlabel) from pg_catalog.pg_enum e
               where e.enumtypid = t.oid order by e.enumsortorder) as "labels",
         array(select pg_catalog.format('%I %s', a.attname, pg_catalog.format_type(a.atttypid, a.atttypmod))
               from pg_catalog.pg_attribute a
               where a.attrelid = t.typrelid and a.attnum > 0 and not a.attisdropped order by a.attnum) as "attributes",
         pg_catalog.format_type(t.typbasetype, t.typtypmod)
           || coalesce(' default ' || pg_catalog.pg_get_expr(t.typdefaultbin, 0), '')
           || case when t.typnotnull then ' not null' else '' end as "base",
         array(select pg_catalog.format('constraint %I %s', con.conname, pg_catalog.pg_get_constraintdef(con.oid))
               from pg_catalog.pg_constraint con
               where con.contypid = t.oid and con.contype = 'c' order by con.conname) as "checks"
  from used join pg_catalog.pg_type t on t.oid = used.oid
  join pg_catalog.pg_namespace n on n.oid = t.typnamespace
  where n.nspname not in ('pg_catalog', 'information_schema') and not ${isOfExtension('pg_type', 't.oid')}
    and (t.typtype in ('e', 'd')
         or t.typtype = 'c' and (select relkind from pg_catalog.pg_class where oid = t.typrelid) = 'c')
  order by t.oid`

/** Functions that defaults, conditions and indexes call. */
export const functionsStatement = `
  select distinct p.oid::text as "oid", pg_catalog.quote_ident(n.nspname) as "schema",
         pg_catalog.pg_get_functiondef(p.oid) as "definition"
  from pg_catalog.pg_depend d join pg_catalog.pg_proc p on p.oid = d.refobjid
  join pg_catalog.pg_namespace n on n.oid = p.pronamespace
  where d.refclassid = 'pg_catalog.pg_proc'::pg_catalog.regclass and p.prokind = 'f' and d.deptype = 'n'
    and n.nspname not in ('pg_catalog', 'information_schema') and not ${isOfExtension('pg_proc', 'p.oid')}
    and (d.classid = 'pg_catalog.pg_attrdef'::pg_catalog.regclass
           and d.objid in (select oid from pg_catalog.pg_attrdef where adrelid = any($1::pg_catalog.oid[]))
      or d.classid = 'pg_catalog.pg_constraint'::pg_catalog.regclass
           and d.objid in (select oid from pg_catalog.pg_constraint where conrelid = any($1::pg_catalog.oid[]))
      or d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass
           and d.objid in (select indexrelid from pg_catalog.pg_index where indrelid = any($1::pg_catalog.oid[])))
  order by 1`

/** Sequences that defaults count with, and the columns that own them. */
export const sequencesStatement = `
  select pg_catalog.format('%I.%I', n.nspname, s.relname) as "name", pg_catalog.quote_ident(n.nspname) as "schema",
         (select pg_catalog.format('%I.%I.%I', owner_ns.nspname, owner.relname, a.attname)
          from pg_catalog.pg_depend o join pg_catalog.pg_class owner on owner.oid = o.refobjid
          join pg_catalog.pg_namespace owner_ns on owner_ns.oid = owner.relnamespace
          join pg_catalog.pg_attribute a on a.attrelid = owner.oid and a.attnum = o.refobjsubid
          where o.classid = 'pg_catalog.pg_class'::pg_catalog.regclass and o.objid = s.oid and o.deptype = 'a'
            and owner.oid = any($1::pg_catalog.oid[])) as "owner"
  from pg_catalog.pg_class s join pg_catalog.pg_namespace n on n.oid = s.relnamespace
  where s.relkind = 'S' and s.oid in (
    select d.refobjid from pg_catalog.pg_depend d join pg_catalog.pg_attrdef def on def.oid = d.objid
    where d.classid = 'pg_catalog.pg_attrdef'::pg_catalog.regclass and def.adrelid = any($1::pg_catalog.oid[])
      and d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass)
  order by 1`

/** Tables and views. A view is read from others, of which `reads` has those that are not among the wanted ones. */
export const relationsStatement = `
  select c.oid::text as "oid", c.relkind::text as "kind", pg_catalog.quote_ident(n.nspname) as "schema",
         pg_catalog.format('%I.%I', n.nspname, c.relname) as "name", pg_catalog.quote_ident(c.relname || '_rows') as "rest",
         case when c.relkind = 'p' then pg_catalog.pg_get_partkeydef(c.oid) end as "partition",
         case when c.relkind in ('v', 'm') then pg_catalog.pg_get_viewdef(c.oid) end as "query",
         case when c.relkind not in ('v', 'm') then false else exists (
           select from pg_catalog.pg_rewrite r join pg_catalog.pg_depend d
             on d.classid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass and d.objid = r.oid
           left join pg_catalog.pg_class other
             on d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass and other.oid = d.refobjid
           left join pg_catalog.pg_proc p
             on d.refclassid = 'pg_catalog.pg_proc'::pg_catalog.regclass and p.oid = d.refobjid
           where r.ev_class = c.oid and (p.oid is not null or
             other.oid is not null and other.oid <> c.oid and not other.oid = any($1::pg_catalog.oid[]))
         ) end as "readsMore",
         array(select pg_catalog.format('%I %s', a.attname, pg_catalog.format_type(a.atttypid, a.atttypmod))
                 || case
                      when c.relkind in ('v', 'm', 'f') then ''
                      when a.attgenerated <> '' then
                        pg_catalog.format(' generated always as (%s) %s', pg_catalog.pg_get_expr(def.adbin, def.adrelid),
                          case a.attgenerated when 'v' then 'virtual' else 'stored' end)
                      when a.attidentity = 'a' then ' generated always as identity'
                      when a.attidentity = 'd' then ' generated by default as identity'
                      else coalesce(' default ' || pg_catalog.pg_get_expr(def.adbin, def.adrelid), '')
                    end
                 || case when a.attnotnull then ' not null' else '' end
               from pg_catalog.pg_attribute a
               left join pg_catalog.pg_attrdef def on def.adrelid = a.attrelid and def.adnum = a.attnum
               where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped order by a.attnum) as "columns"
  from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  where c.oid = any($1::pg_catalog.oid[])
  order by c.oid`

/** Keys first, then conditions, then foreign keys to tables that are there. */
export const tableConstraintsStatement = `
  select pg_catalog.format('%I.%I', n.nspname, c.relname) as "table", pg_catalog.quote_ident(con.conname) as "name",
         pg_catalog.pg_get_constraintdef(con.oid) as "definition"
  from pg_catalog.pg_constraint con join pg_catalog.pg_class c on c.oid = con.conrelid
  join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  where con.conrelid = any($1::pg_catalog.oid[]) and con.contype in ('p', 'u', 'c', 'f') and con.conparentid = 0
    and c.relkind in ('r', 'p') and (con.contype <> 'f' or con.confrelid = any($1::pg_catalog.oid[]))
  order by pg_catalog.strpos('pucf', con.contype::text), n.nspname, c.relname, con.conname`

/** Indexes that no constraint has made. */
export const tableIndexesStatement = `
  select pg_catalog.pg_get_indexdef(i.indexrelid) as "definition", i.indrelid::text as "table"
  from pg_catalog.pg_index i join pg_catalog.pg_class c on c.oid = i.indexrelid
  where i.indrelid = any($1::pg_catalog.oid[]) and i.indisvalid
    and not exists (select from pg_catalog.pg_constraint con where con.conindid = i.indexrelid and con.contype in ('p', 'u', 'x'))
  order by i.indrelid, c.relname`
