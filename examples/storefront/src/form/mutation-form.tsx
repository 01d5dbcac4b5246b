import { type FormEvent, type ReactNode, useRef } from 'react'
import type { CombinedError } from 'urql'
import { FailureNotice } from '../layout/failure-notice.tsx'
import { FormAlert } from './form-alert.tsx'
import { errorsBeside, type InputError, useFocusOnFirstError } from './user-errors.ts'

type Props = {
  /** The mutation, from `useMutationAttempt`. */
  mutation: { pending: boolean; error?: CombinedError | undefined; userErrors: readonly InputError[] }
  /** The input fields that show their own errors. Other errors are shown at the top. */
  shown?: readonly string[]
  submit: string
  pendingText?: string
  tone?: 'main' | 'bad'
  onSubmit: () => void
  className?: string
  children?: ReactNode
}

/** A form for one mutation. While it runs, its button keeps the keyboard focus and does nothing. */
export function MutationForm(props: Props) {
  const {
    mutation,
    shown = [],
    submit,
    pendingText = 'One moment…',
    tone = 'main',
    onSubmit,
    className,
    children,
  } = props
  const form = useRef<HTMLFormElement>(null)
  useFocusOnFirstError(form, mutation.userErrors)
  const send = (event: FormEvent) => {
    event.preventDefault()
    onSubmit()
  }
  return (
    <form ref={form} onSubmit={send} className={className ?? 'stack'} noValidate aria-busy={mutation.pending}>
      <FormAlert messages={errorsBeside(mutation.userErrors, shown)} />
      {mutation.error && (
        <FailureNotice error={mutation.error} retry={onSubmit} note="Trying again is safe: nothing is done twice." />
      )}
      {children}
      <div className="buttons">
        <button type="submit" className={`button button-${tone}`} aria-disabled={mutation.pending}>
          {mutation.pending ? pendingText : submit}
        </button>
      </div>
    </form>
  )
}
