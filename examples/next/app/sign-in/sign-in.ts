'use server'

import { redirect } from 'next/navigation'
import { execute } from '../../api/execute.ts'
import { endSession, isToken, startSession } from '../../api/session.ts'
import { graphql } from '../../gql/index.ts'

const SignIn = graphql(`
  query SignIn {
    viewer {
      expiresAt
    }
  }
`)

/** Starts a session with a token that the API accepts, or returns why there is none. The browser never gets it back. */
export async function signIn(_before: string | undefined, form: FormData): Promise<string | undefined> {
  const token = String(form.get('token') ?? '').trim()
  if (!isToken(token)) return 'This is no access token.'
  const { data, error } = await execute(SignIn, {}, token)
  if (error?.code === 'UNAUTHENTICATED') return 'This token is not accepted here, or no longer.'
  if (error) return 'The API cannot be reached. Try again in a moment.'
  await startSession(token, data.viewer.expiresAt)
  redirect('/')
}

export async function signOut(): Promise<void> {
  await endSession()
  redirect('/')
}
