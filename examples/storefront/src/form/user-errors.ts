import { type RefObject, useEffect } from 'react'
import type { FormErrorFragment } from '../gql/graphql.ts'

/** What is to be mended, by the field it belongs to: `shipTo.city`, `lines.3.quantity`. */
export function errorAt(errors: readonly FormErrorFragment[], field: string): string | undefined {
  return errors.find((error) => fieldOf(error) === field)?.message
}

/** What belongs to none of the fields that are shown. */
export function errorsBeside(errors: readonly FormErrorFragment[], shown: readonly string[]): string[] {
  return errors.filter((error) => !shown.includes(fieldOf(error))).map(({ message }) => message)
}

function fieldOf({ path }: FormErrorFragment): string {
  return path.slice(path[0] === 'input' ? 1 : 0).join('.')
}

/** Leads to the first thing to mend as soon as the answer says what that is. */
export function useFocusOnFirstError(form: RefObject<HTMLElement | null>, errors: readonly FormErrorFragment[]): void {
  useEffect(() => {
    if (errors.length === 0) return
    form.current?.querySelector<HTMLElement>('[role="alert"], [aria-invalid="true"]')?.focus()
  }, [form, errors])
}
