'use client'

import { useActionState } from 'react'
import { Field } from '../field.tsx'
import { signIn } from './sign-in.ts'

/** Your own app redirects to its OpenID Connect provider here, and its server gets the token from there. */
export function SignInForm() {
  const [fault, action, isPending] = useActionState(signIn, undefined)
  return (
    <form action={action}>
      <Field label="Access token" name="token" type="password" autoComplete="off" required error={fault} />
      <button type="submit" disabled={isPending}>
        Sign in
      </button>
    </form>
  )
}
