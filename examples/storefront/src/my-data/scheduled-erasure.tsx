import { useMutationAttempt } from '../api/use-mutation-attempt.ts'
import { MutationForm } from '../form/mutation-form.tsx'
import { type FragmentType, graphql, readFragment } from '../gql/index.ts'
import { momentOf } from '../layout/dates.ts'

const ScheduledErasureRequest = graphql(`
  fragment ScheduledErasureRequest on PersonRequest {
    id
    createdAt
    beginsAt
  }
`)

const PersonEraseCancel = graphql(`
  mutation PersonEraseCancel($input: PersonEraseCancelInput!) {
    personEraseCancel(input: $input) {
      personRequest {
        id
        ...LookAgainRequest
        ...EraseSectionRequest
      }
      userErrors {
        ...FormError
      }
    }
  }
`)

type Props = { request: FragmentType<typeof ScheduledErasureRequest>; onDone: (text: string) => void }

/** An erasure that has not begun, and the way back. */
export function ScheduledErasure({ request, onDone }: Props) {
  const { id, createdAt, beginsAt } = readFragment(ScheduledErasureRequest, request)
  const cancel = useMutationAttempt('personEraseCancel', PersonEraseCancel, (data) => data.personEraseCancel, {})
  const submit = async () => {
    if (await cancel.run({ personRequestId: id })) onDone('The erasure is taken back. Nothing was erased.')
  }
  return (
    <MutationForm mutation={cancel} submit="Take it back" onSubmit={submit}>
      <p className="notice">
        It was asked for on {momentOf(createdAt)}. It begins on {momentOf(beginsAt)}, {hoursFor(createdAt, beginsAt)}{' '}
        later. You can take it back until then.
      </p>
    </MutationForm>
  )
}

function hoursFor(from: string, to: string): string {
  const hours = Math.round((new Date(to).getTime() - new Date(from).getTime()) / 3_600_000)
  return hours === 1 ? '1 hour' : `${hours} hours`
}
