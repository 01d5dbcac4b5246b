import { type RefObject, useEffect } from 'react'
import type { FormErrorFragment } from '../gql/graphql.ts'

/** An error of an input: from a mutation, or found before it was sent. */
export type InputError = Pick<FormErrorFragment, 'code' | 'message' | 'path'>

/** Errors by the field they belong to: `shipTo.city`, `lines.3.quantity`. */
export function errorAt(errors: readonly InputError[], field: string): string | undefined {
  return errors.find((error) => fieldOf(error) === field)?.message
}

/** Errors that belong to no field on the page. */
export function errorsBeside(errors: readonly InputError[], shown: readonly string[]): string[] {
  return errors.filter((error) => !shown.includes(fieldOf(error))).map(({ message }) => message)
}

function fieldOf({ path }: InputError): string {
  return path.slice(path[0] === 'input' ? 1 : 0).join('.')
}

/** Moves the focus to the first error when the response arrives. */
export function useFocusOnFirstError(form: RefObject<HTMLElement | null>, errors: readonly InputError[]): void {
  useEffect(() => {
    if (errors.length === 0) return
    form.current?.querySelector<HTMLElement>('[role="alert"], [aria-invalid="true"]')?.focus()
  }, [form, errors])
}
