import { optionalText, requiredText, type TextErrors, type TextLimits } from './text-input.ts'

// A field of an update is undefined (it stays as it is), null (it is emptied) or a value.

/** The value of a field that cannot be emptied. */
export function namedValue<T>(
  errors: TextErrors,
  value: T | null | undefined,
  path: readonly (string | number)[],
): T | undefined {
  if (value !== null) return value
  errors.add('REQUIRED', path)
  return undefined
}

/** The text of a field that cannot be emptied. */
export function namedText(
  errors: TextErrors,
  value: string | null | undefined,
  path: readonly (string | number)[],
  limits?: TextLimits,
): string | undefined {
  const text = namedValue(errors, value, path)
  return text === undefined ? undefined : requiredText(errors, text, path, limits)
}

/**
 * The text of a field that may be empty.
 * @public
 */
export function namedOptionalText(
  errors: TextErrors,
  value: string | null | undefined,
  path: readonly (string | number)[],
  limits?: TextLimits,
): string | null | undefined {
  return value === undefined ? undefined : optionalText(errors, value, path, limits)
}

export function namesNothing(changes: object): boolean {
  return Object.values(changes).every((value) => value === undefined)
}

/** The changes that differ from the current row. */
export function effectiveChanges<Row extends object>(changes: Partial<Row>, current: NoInfer<Row>): Partial<Row> {
  const effective: Partial<Row> = {}
  for (const name in changes) {
    const value = changes[name]
    if (value !== undefined && value !== current[name]) effective[name] = value
  }
  return effective
}
