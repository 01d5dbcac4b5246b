import { Prisma } from '../../../generated/prisma/client.ts'
import { fieldsOf, type Model } from '../../database/data-model.ts'
import { namedValue } from '../changes.ts'
import { faultOf } from './limit-faults.ts'
import type { Limits } from './limits.ts'
import type { RowErrors } from './row-scope.ts'

interface Rules {
  readonly model: Model
  /** The fields of inputs that have another name. */
  readonly inputs: Readonly<Record<string, string>>
  readonly limits: Readonly<Record<string, Limits>>
  /** Inputs that are no values of columns, although a column may have the same name. */
  readonly others: ReadonlySet<string>
}

const smallest: Limits = { from: '-32768', to: '32767' }

/**
 * The fields of a row that an input names, by what their columns hold: an input field has the name of its field. A value
 * that the input leaves out stays out, so that the database gives it. Adds an error for each value that does not fit.
 */
export function namedValues(
  { model, inputs, limits, others }: Rules,
  input: object,
  errors: RowErrors,
): Record<string, unknown> {
  const values: Record<string, unknown> = {}
  for (const [name, given] of Object.entries(input)) {
    if (others.has(name)) continue
    const field = fieldsOf(model).get(inputs[name] ?? name)
    if (field === undefined || field.kind === 'relation' || given === undefined) continue
    const value = field.isRequired || field.isList ? namedValue(errors, given, [name]) : given
    if (value === undefined) continue
    const items: unknown[] = field.isList && Array.isArray(value) ? value : [value]
    for (const [at, item] of items.entries()) {
      const path = field.isList ? [name, at] : [name]
      addFaults(item, [...columnLimits(field), ...(limits[name] ? [limits[name]] : [])], path, errors)
    }
    const scale = field.nativeType === 'Decimal' ? field.sizes[1] : undefined
    if (scale !== undefined) addTooExact(items, scale, name, errors)
    values[inputs[name] ?? name] = value
  }
  return values
}

function addFaults(item: unknown, limits: readonly Limits[], path: readonly (string | number)[], errors: RowErrors) {
  for (const limit of limits) {
    const fault = faultOf(limit, item)
    if (!fault) continue
    errors.add(fault[0], path, fault[1])
    return
  }
}

/** What the type of a column says of its values. */
function columnLimits({ nativeType, sizes: [size, scale = 0] }: { nativeType?: string; sizes: readonly number[] }) {
  if (nativeType === 'SmallInt') return [smallest]
  if (size === undefined) return []
  if (nativeType === 'VarChar' || nativeType === 'Char' || nativeType === 'VarBit') return [{ maxLength: size }]
  if (nativeType === 'Bit') return [{ minLength: size, maxLength: size }]
  if (nativeType !== 'Decimal') return []
  const bound = new Prisma.Decimal(10).pow(size - scale).toFixed()
  return [{ above: `-${bound}`, below: bound }]
}

/** PostgreSQL would round it without a word. */
function addTooExact(items: readonly unknown[], scale: number, name: string, errors: RowErrors): void {
  const isTooExact = items.some((item) => typeof item === 'string' && new Prisma.Decimal(item).decimalPlaces() > scale)
  if (!isTooExact) return
  errors.add(
    'OUT_OF_RANGE',
    [name],
    scale === 0 ? 'It is a whole number.' : `At most ${scale} digits behind the point.`,
  )
}
