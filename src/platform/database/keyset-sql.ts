/**
 * Prisma cannot say `(a, id) > ($1, $2)`, and says `a >= $1 AND (a > $2 OR id > $3)` instead. PostgreSQL reads that
 * from the index only by `a >= $1` and drops the rest row by row: with many equal values of `a` a page would cost as
 * much as there are equals before it. The row comparison is implied by what stands there, so adding it changes no
 * result, and it is an index condition.
 */
export function withRowComparison(sql: string): string {
  if (!keyset.test(sql)) return sql
  return sql.replace(keysets, (all, column, operator, value, column2, operator2, _again, idColumn, operator3, id) => {
    if (column !== column2 || operator2 !== operator3 || operator !== `${operator2}=`) return all
    return `${all} AND (${column},${idColumn}) ${operator2} (${value},${id})`
  })
}

const column = String.raw`("\w+"(?:\."\w+")+)`
const parameter = String.raw`(\$\d+(?:::[\w."]+)?|CAST\(\$\d+::text AS [\w."]+\))`
const pattern = String.raw`${column} ([<>]=) ${parameter} AND \(${column} ([<>]) ${parameter} OR ${column} ([<>]) ${parameter}\)`
const keyset = new RegExp(pattern)
const keysets = new RegExp(pattern, 'g')
