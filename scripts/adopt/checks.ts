import type { Limits } from '../../src/platform/mutations/rows/limits.ts'
import { type Condition, type Operand, parseCheck } from './check-expression.ts'

/** What a CHECK demands of single columns, by their names; undefined where it is not only that, or not simple. */
export function limitsOfCheck(expression: string): ReadonlyMap<string, Limits> | undefined {
  const condition = parseCheck(expression)
  const parts = condition?.kind === 'all' ? condition.parts : condition ? [condition] : []
  const limits = new Map<string, Limits>()
  for (const part of parts) {
    const found = limitOf(part)
    if (!found) return undefined
    limits.set(found.column, { ...limits.get(found.column), ...found.limits })
  }
  return parts.length === 0 ? undefined : limits
}

function limitOf(condition: Condition): { column: string; limits: Limits } | undefined {
  if (condition.kind === 'in' && condition.of.kind === 'column')
    return { column: condition.of.name, limits: { oneOf: condition.values } }
  if (condition.kind === 'any') return oneOf(condition.parts)
  if (condition.kind !== 'compare') return undefined
  const [left, right, operator] =
    condition.left.kind === 'constant'
      ? [condition.right, condition.left, mirrored[condition.operator]]
      : [condition.left, condition.right, condition.operator]
  if (right.kind !== 'constant' || left.kind === 'constant' || operator === undefined) return undefined
  const limits = left.kind === 'length' ? lengthLimit(operator, right.value) : valueLimit(operator, right.value)
  return limits && { column: left.name, limits }
}

/** `a = 1 or a = 2` */
function oneOf(parts: readonly Condition[]): { column: string; limits: Limits } | undefined {
  const found = parts.map(limitOf)
  const [first] = found
  const values = found.flatMap((each) => (each?.column === first?.column && each?.limits.oneOf) || [])
  return first && values.length === parts.length ? { column: first.column, limits: { oneOf: values } } : undefined
}

const mirrored: Record<string, string> = { '=': '=', '<>': '<>', '<': '>', '<=': '>=', '>': '<', '>=': '<=' }

function valueLimit(operator: string, value: string): Limits | undefined {
  if (operator === '=') return { oneOf: [value] }
  if (operator === '<>') return value === '' ? { minLength: 1 } : { not: value }
  if (!/^-?\d+(\.\d+)?$/.test(value)) return undefined
  const ends: Record<string, Limits> = {
    '>': { above: value },
    '>=': { from: value },
    '<': { below: value },
    '<=': { to: value },
  }
  return ends[operator]
}

function lengthLimit(operator: string, value: string): Limits | undefined {
  const count = Number(value)
  const ends: Record<string, Limits> = {
    '=': { minLength: count, maxLength: count },
    '>': { minLength: count + 1 },
    '>=': { minLength: count },
    '<': { maxLength: count - 1 },
    '<=': { maxLength: count },
  }
  return Number.isInteger(count) ? ends[operator] : undefined
}

/** What a CHECK demands, as a sentence with the names of inputs; undefined where it is of no simple form. */
export function sentenceOfCheck(
  expression: string,
  nameOf: (column: string) => string | undefined,
): string | undefined {
  const condition = parseCheck(expression)
  const said = condition && saidCondition(condition, nameOf)
  return said === undefined ? undefined : `It must hold: ${said}.`
}

type NameOf = (column: string) => string | undefined

const words: Record<string, string> = {
  '=': 'is',
  '<>': 'is not',
  '<': 'is below',
  '<=': 'is at most',
  '>': 'is above',
  '>=': 'is at least',
}

function saidCondition(condition: Condition, nameOf: NameOf): string | undefined {
  if (condition.kind === 'given') {
    const name = nameOf(condition.column)
    return name && `${name} ${condition.isGiven ? 'is given' : 'is left out'}`
  }
  if (condition.kind === 'in') {
    const of = saidOperand(condition.of, nameOf)
    return of && `${of} is one of ${condition.values.join(', ')}`
  }
  if (condition.kind === 'compare') {
    const left = saidOperand(condition.left, nameOf)
    const right = saidOperand(condition.right, nameOf)
    return left && right && `${left} ${words[condition.operator]} ${right}`
  }
  const parts = condition.parts.map((part) => {
    const said = saidCondition(part, nameOf)
    return said !== undefined && 'parts' in part ? `(${said})` : said
  })
  return parts.includes(undefined) ? undefined : parts.join(condition.kind === 'all' ? ' and ' : ' or ')
}

function saidOperand(operand: Operand, nameOf: NameOf): string | undefined {
  if (operand.kind === 'constant') return operand.value === '' ? 'empty' : operand.value
  const name = nameOf(operand.name)
  return operand.kind === 'length' ? name && `the length of ${name}` : name
}
