import type { ClientBase } from 'pg'
import { z } from 'zod'

const places = z.tuple([
  z.object({ inPlatform: z.boolean(), inPublic: z.boolean(), mayCreate: z.boolean().nullable() }),
])
const entries = z.array(z.object({ name: z.string(), isDone: z.boolean() }))

/** Which migrations were applied to a database, in the table of Prisma Migrate. */
export interface MigrationHistory {
  schema: 'public' | 'platform'
  isThere: boolean
  applied: ReadonlySet<string>
}

/**
 * Prisma's CLI keeps the history in schema public. Where that of another project is there, or the role may create nothing
 * there, ours is in schema platform. The first migration tells ours from another's.
 */
export async function migrationHistory(client: ClientBase, first: string | undefined): Promise<MigrationHistory> {
  const { rows } = await client.query(
    `select to_regclass(${historyTable('platform', "'")}) is not null as "inPlatform",
            to_regclass(${historyTable('public', "'")}) is not null as "inPublic",
            has_schema_privilege(to_regnamespace('public')::oid, 'create') as "mayCreate"`,
  )
  const [{ inPlatform, inPublic, mayCreate }] = places.parse(rows)
  if (inPlatform) return read(client, 'platform')
  if (!inPublic) return nothingIn(mayCreate ? 'public' : 'platform')
  const { isOurs, ...history } = await read(client, 'public', first)
  return isOurs ? history : nothingIn('platform')
}

/** With its schema. */
function historyTable(schema: MigrationHistory['schema'], quote = ''): string {
  return `${quote}${schema}._prisma_migrations${quote}`
}

function nothingIn(schema: MigrationHistory['schema']): MigrationHistory {
  return { schema, isThere: false, applied: new Set() }
}

async function read(client: ClientBase, schema: MigrationHistory['schema'], first?: string) {
  const { rows } = await client.query(
    `select migration_name as "name", finished_at is not null and rolled_back_at is null as "isDone"
     from ${historyTable(schema)}`,
  )
  const found = entries.parse(rows)
  return {
    schema,
    isThere: true,
    applied: new Set(found.flatMap(({ name, isDone }) => (isDone ? name : []))),
    isOurs: found.length === 0 || first === undefined || found.some(({ name }) => name === first),
  }
}
