import pg from 'pg'
import { z } from 'zod'
import type { Statement } from '../../support/world.ts'

/** A node of an EXPLAIN plan; counts are per loop. */
interface PlanNode {
  'Node Type': string
  'Relation Name'?: string
  'Actual Rows': number
  'Actual Loops': number
  'Rows Removed by Filter'?: number
  'Rows Removed by Index Recheck'?: number
  Plans?: PlanNode[]
}

const planNode: z.ZodType<PlanNode> = z.object({
  'Node Type': z.string(),
  'Relation Name': z.string().optional(),
  'Actual Rows': z.number(),
  'Actual Loops': z.number(),
  'Rows Removed by Filter': z.number().optional(),
  'Rows Removed by Index Recheck': z.number().optional(),
  get Plans() {
    return z.array(planNode).optional()
  },
})

const explained = z.tuple([z.object({ 'QUERY PLAN': z.tuple([z.object({ Plan: planNode })]) })])

/**
 * The number of rows of a table that PostgreSQL reads for a statement, including rows it then drops. The captured
 * statement runs once more, on a connection of its own.
 */
export async function rowsRead(databaseUrl: string, { sql, args }: Statement, table: string): Promise<number> {
  const client = new pg.Client({ connectionString: databaseUrl })
  await client.connect()
  try {
    const { rows } = await client.query(`explain (analyze, format json) ${sql}`, [...args])
    const [{ 'QUERY PLAN': plan }] = explained.parse(rows)
    return readBy(plan[0].Plan, table)
  } finally {
    await client.end()
  }
}

function readBy(node: PlanNode, table: string): number {
  const below = (node.Plans ?? []).reduce((sum, child) => sum + readBy(child, table), 0)
  if (node['Relation Name'] !== table) return below
  const read =
    node['Actual Rows'] + (node['Rows Removed by Filter'] ?? 0) + (node['Rows Removed by Index Recheck'] ?? 0)
  return below + read * node['Actual Loops']
}
