import { z } from 'zod'
import { Prisma } from '../../generated/prisma/client.ts'
import { fieldsOf, isModel, type Model } from './data-model.ts'
import { isRefusedSession } from './find-pooler.ts'
import { physicalNames } from './physical-names.ts'
import { isOfPlatform } from './privileges.ts'
import { withClient } from './with-client.ts'

/** What the server finds in its database when it starts. */
export interface Surroundings {
  /** Why the server can only read; undefined where it can do everything. */
  readingOnly: string | undefined
  /** Schemas of operators of extensions whose types the models have: quoted. */
  operatorSchemas: readonly string[]
  /** Models without their table, and fields without their column, of the domain: `Artist`, `Artist.name`. */
  missing: readonly string[]
}

const tables = Object.values(Prisma.ModelName).map((model) => {
  const { schema, table, columns } = physicalNames(model).plain
  return { model, schema, table, fields: [...columns.keys()], columns: [...columns.values()] }
})

const look = `
  select current_setting('search_path') = 'pg_catalog' as "hasSettings", pg_is_in_recovery() as "isStandby",
         (select quote_ident(n.nspname) from pg_extension e join pg_namespace n on n.oid = e.extnamespace
          where e.extname = 'citext') as "citextSchema",
         (select json_agg(json_build_object(
            'model', m.model, 'isThere', c.oid is not null,
            'mayRead', coalesce(has_schema_privilege(n.oid, 'usage') and has_any_column_privilege(c.oid, 'select'), false),
            'mayWrite', coalesce(has_any_column_privilege(c.oid, 'insert') or has_any_column_privilege(c.oid, 'update')
                                 or has_table_privilege(c.oid, 'delete'), false),
            'missing', array(select f.field from unnest(m.fields, m.columns) as f(field, col) where c.oid is not null
                             and not exists (select from pg_attribute a
                               where a.attrelid = c.oid and a.attname = f.col and a.attnum > 0 and not a.attisdropped))))
          from jsonb_to_recordset($1::jsonb) as m(model text, schema text, "table" text, fields text[], columns text[])
          left join pg_namespace n on n.nspname = m.schema
          left join pg_class c on c.relnamespace = n.oid and c.relname = m.table and c.relkind in ('r', 'p', 'v', 'm', 'f')
         ) as "tables"`

const found = z.tuple([
  z.object({
    hasSettings: z.boolean(),
    isStandby: z.boolean(),
    citextSchema: z.string().nullable(),
    tables: z.array(
      z.object({
        model: z.custom<Model>((name) => typeof name === 'string' && isModel(name)),
        isThere: z.boolean(),
        mayRead: z.boolean(),
        mayWrite: z.boolean(),
        missing: z.array(z.string()),
      }),
    ),
  }),
])
type Found = z.infer<typeof found>[0]

/**
 * A pooler in between refuses or drops the settings with which a session begins, where a setting says that there is none.
 * Answers would depend on role and database.
 */
export class SettingsLost extends Error {
  constructor() {
    super(
      'DATABASE_URL leads through a pooler that drops the startup parameter "options", on which answers depend: ' +
        'connect to PostgreSQL itself, or set DATABASE_POOLER=transaction.',
    )
  }
}

/** Looks around with the role of this URL, in one statement. */
export async function lookAround(url: string): Promise<Surroundings> {
  const rows = withClient(url, async (client) => (await client.query(look, [JSON.stringify(tables)])).rows)
  const [seen] = found.parse(
    await rows.catch((error: unknown) => {
      throw isRefusedSession(error) ? new SettingsLost() : error
    }),
  )
  if (!seen.hasSettings) throw new SettingsLost()
  return {
    readingOnly: whyReadingOnly(seen),
    operatorSchemas: hasCitext() && seen.citextSchema !== null ? [seen.citextSchema] : [],
    missing: missingIn(seen),
  }
}

function whyReadingOnly({ isStandby, tables }: Found): string | undefined {
  const own = tables.filter(({ model }) => isOfPlatform(model))
  const ofDomain = tables.filter(({ model }) => !isOfPlatform(model))
  // A database that is not set up yet.
  if (!ofDomain.some(({ mayRead }) => mayRead)) return undefined
  if (isStandby) return 'the database is a replica'
  if (!own.some(({ isThere }) => isThere)) return 'the tables of the platform are not there (npm run migrate adds them)'
  return tables.some(({ mayWrite }) => mayWrite) ? undefined : 'the role may only read'
}

function missingIn({ tables }: Found): string[] {
  const ofDomain = tables.filter(({ model }) => !isOfPlatform(model))
  if (!ofDomain.some(({ isThere }) => isThere)) return []
  return ofDomain.flatMap(({ model, isThere, missing }) =>
    isThere ? missing.map((field) => `${model}.${field}`) : [model],
  )
}

function hasCitext(): boolean {
  return Object.values(Prisma.ModelName).some((model) =>
    [...fieldsOf(model).values()].some((field) => field.kind !== 'relation' && field.nativeType === 'Citext'),
  )
}
