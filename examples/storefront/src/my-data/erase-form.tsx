import { type ReactNode, useEffect, useRef, useState } from 'react'
import { useMutationAttempt } from '../api/use-mutation-attempt.ts'
import { SelectField } from '../form/field.tsx'
import { MutationForm } from '../form/mutation-form.tsx'
import { missingIn } from '../form/typed-values.ts'
import { errorAt } from '../form/user-errors.ts'
import type { PersonErasureReason } from '../gql/graphql.ts'
import { graphql } from '../gql/index.ts'
import { momentOf } from '../layout/dates.ts'

const PersonErase = graphql(`
  mutation PersonErase($input: PersonEraseInput!) {
    personErase(input: $input) {
      personRequest {
        id
        beginsAt
        ...LookAgainRequest
        ...EraseSectionRequest
      }
      userErrors {
        ...FormError
      }
    }
  }
`)

/** The reasons that a customer can have. A rule of retention is the shop's. */
const reasons: Record<Exclude<PersonErasureReason, 'RETENTION'>, string> = {
  NO_LONGER_NEEDED: 'I do not shop here any more',
  CONSENT_WITHDRAWN: 'I no longer agree that you use my data',
  OBJECTION: 'I object to how you use my data',
  UNLAWFUL: 'You should not have my data',
  LEGAL_OBLIGATION: 'A law says that you must erase it',
}

type Reason = keyof typeof reasons

type Props = { onDone: (text: string) => void; onBack: () => void }

/** The reason first, then a second step that confirms it. */
export function EraseForm({ onDone, onBack }: Props) {
  const [reason, setReason] = useState<Reason>()
  const [isSure, setIsSure] = useState(false)
  const erase = useMutationAttempt('personErase', PersonErase, (data) => data.personErase, {})
  const goOn = () => {
    const missing = missingIn({ reason: reason ?? '' })
    erase.refuse(missing)
    setIsSure(missing.length === 0)
  }
  const goBack = () => {
    setIsSure(false)
    onBack()
  }
  const submit = async () => {
    if (!reason) return
    const done = await erase.run({ reason })
    if (done?.personRequest) onDone(`Your data will be erased. It begins on ${momentOf(done.personRequest.beginsAt)}.`)
  }
  if (isSure)
    return (
      <Confirmation>
        <MutationForm mutation={erase} submit="Yes, erase my data" tone="bad" onSubmit={submit}>
          <p>Your name, your addresses and everything else named above will be erased for good. Are you sure?</p>
          <div className="buttons">
            <button type="button" className="button" onClick={goBack}>
              No, keep my data
            </button>
          </div>
        </MutationForm>
      </Confirmation>
    )
  return (
    <MutationForm mutation={erase} shown={['reason']} submit="Go on to erase my data" tone="bad" onSubmit={goOn}>
      <SelectField
        label="Why"
        className="narrow-field"
        value={reason ?? ''}
        onChange={(event) => setReason(reasonIn(event.target.value))}
        error={errorAt(erase.userErrors, 'reason')}
      >
        <option value="">Please choose</option>
        {Object.entries(reasons).map(([name, label]) => (
          <option key={name} value={name}>
            {label}
          </option>
        ))}
      </SelectField>
    </MutationForm>
  )
}

function reasonIn(value: string): Reason | undefined {
  return Object.keys(reasons).find((name): name is Reason => name === value)
}

/** The focus moves to it: it stands in the place of the form that had it. */
function Confirmation({ children }: { children: ReactNode }) {
  const place = useRef<HTMLElement>(null)
  useEffect(() => place.current?.focus(), [])
  return (
    <section ref={place} tabIndex={-1} aria-label="Confirm the erasure" className="panel">
      {children}
    </section>
  )
}
