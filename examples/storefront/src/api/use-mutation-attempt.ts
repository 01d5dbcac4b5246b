import type { TypedDocumentNode } from '@graphql-typed-document-node/core'
import { useRef, useState } from 'react'
import { type CombinedError, useMutation } from 'urql'
import type { InputError } from '../form/user-errors.ts'
import { type FragmentType, graphql, readFragment } from '../gql/index.ts'
import { keyFor, settle } from './attempts.ts'

const FormError = graphql(`
  fragment FormError on UserError {
    code
    message
    path
  }
`)

type Keyed = { idempotencyKey?: string | null }
type Payload = { userErrors: FragmentType<typeof FormError>[] }

/** A mutation for a form: done once for any number of attempts, with the user errors of its input. */
export function useMutationAttempt<Data, Input extends Keyed, More extends object, Result extends Payload>(
  mutation: string,
  document: TypedDocumentNode<Data, { input: Input } & More>,
  resultOf: (data: Data) => Result | null | undefined,
  more: More,
) {
  const [, mutate] = useMutation(document)
  const isRunning = useRef(false)
  const [state, setState] = useState<{
    pending: boolean
    error?: CombinedError | undefined
    userErrors: readonly InputError[]
  }>({ pending: false, userErrors: [] })

  /** The result; undefined where nothing was done, or the outcome is unknown. */
  async function run(input: Input): Promise<Result | undefined> {
    if (isRunning.current) return undefined
    isRunning.current = true
    setState({ pending: true, userErrors: [] })
    const { data, error } = await mutate({ ...more, input: { ...input, idempotencyKey: keyFor(mutation, input) } })
    isRunning.current = false
    const result = (data && resultOf(data)) ?? undefined
    const userErrors = result ? readFragment(FormError, result.userErrors) : []
    if (result) settle(mutation)
    setState({ pending: false, error, userErrors })
    return result && userErrors.length === 0 ? result : undefined
  }

  /** Shows errors that were found before the mutation is sent. */
  const refuse = (userErrors: readonly InputError[]) => setState({ pending: false, userErrors })

  return { run, refuse, ...state }
}
