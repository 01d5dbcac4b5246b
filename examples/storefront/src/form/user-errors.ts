import { type RefObject, useEffect } from 'react'
import type { FormErrorFragment } from '../gql/graphql.ts'

/** Something to mend in an input: what a mutation answered, or what was seen before it was sent. */
export type InputFault = Pick<FormErrorFragment, 'code' | 'message' | 'path'>

/** What is to be mended, by the field it belongs to: `shipTo.city`, `lines.3.quantity`. */
export function errorAt(errors: readonly InputFault[], field: string): string | undefined {
  return errors.find((error) => fieldOf(error) === field)?.message
}

/** What belongs to none of the fields that are shown. */
export function errorsBeside(errors: readonly InputFault[], shown: readonly string[]): string[] {
  return errors.filter((error) => !shown.includes(fieldOf(error))).map(({ message }) => message)
}

function fieldOf({ path }: InputFault): string {
  return path.slice(path[0] === 'input' ? 1 : 0).join('.')
}

/** Leads to the first thing to mend as soon as the answer says what that is. */
export function useFocusOnFirstError(form: RefObject<HTMLElement | null>, errors: readonly InputFault[]): void {
  useEffect(() => {
    if (errors.length === 0) return
    form.current?.querySelector<HTMLElement>('[role="alert"], [aria-invalid="true"]')?.focus()
  }, [form, errors])
}
