import type { Statement } from '../../support/world.ts'

/** The rights that statements use: `commerce.so_line update qty_shipped`, in order. */
export function rightsUsed(statements: readonly Statement[]): string[] {
  return [...new Set(statements.flatMap(({ sql }) => rightsOf(sql.replaceAll('"', '').replaceAll(/\s+/g, ' '))))].sort()
}

const written = /\b(insert into|update|delete from) ((?:commerce|platform)\.\w+)/gi
const read = /\b(?:from|join) ((?:commerce|platform)\.\w+)/gi

function rightsOf(sql: string): string[] {
  const selected = [...sql.matchAll(read)].map(([, table]) => `${table} select`)
  const writes = [...sql.matchAll(written)]
  const changed = writes.flatMap(({ index, 1: mutation = '', 2: table }, which) => {
    const part = sql.slice(index, writes[which + 1]?.index)
    // A statement must be able to read the columns that it returns or compares.
    const reads = / (?:where|returning|on conflict) /i.test(part)
    const kind = mutation.split(' ')[0]?.toLowerCase()
    const whole = kind === 'update' ? [] : [`${table} ${kind}`]
    return [
      ...(reads ? [`${table} select`] : []),
      ...whole,
      ...columnsSet(part).map((column) => `${table} update ${column}`),
    ]
  })
  return [...selected, ...changed]
}

function columnsSet(sql: string): string[] {
  const [, assignments = ''] = / set (.*?)(?: from | where | returning |$)/i.exec(sql) ?? []
  return [...assignments.matchAll(/(?:^|, )(\w+) =/g)].map(([, column]) => column ?? '')
}
