const named = /"(t\d+)"\."(\w+)"/g
const ofTable = /"commerce"\."(\w+)" AS "(t\d+)"/g
/** `(SELECT "t2".* FROM "commerce"."so_line" AS "t2" …) AS "t3"`: another alias of one table's rows. */
const ofRows = /\(SELECT "(t\d+)"\.\* FROM [^()]*\) AS "(t\d+)"/g
/** Prisma's names for parts that it makes itself: the object of a nested row, the count of a nested list. */
const made = /^(__prisma_data__|_aggr_count_\w+)$/

/** The columns in a Prisma statement, by table: `so_header.doc_no`. */
export function columnsOf(sql: string): Set<string> {
  const tables = tablesByAlias(sql)
  const columns = new Set<string>()
  const passedOn: string[] = []
  for (const [, alias = '', column = ''] of sql.matchAll(named)) {
    const table = tables.get(alias)
    if (table) columns.add(`${table}.${column}`)
    else if (!made.test(column)) passedOn.push(column)
  }
  // An outer SELECT takes only columns that the inner one has named; others would be missed here.
  const missed = passedOn.filter((column) => ![...columns].some((name) => name.endsWith(`.${column}`)))
  if (missed.length > 0) throw new Error(`columns of no known table: ${missed}`)
  return columns
}

function tablesByAlias(sql: string): Map<string, string> {
  const tables = new Map<string, string>()
  for (const [, table = '', alias = ''] of sql.matchAll(ofTable)) tables.set(alias, table)
  for (const [, inner = '', alias = ''] of sql.matchAll(ofRows)) tables.set(alias, tables.get(inner) ?? '')
  return tables
}
