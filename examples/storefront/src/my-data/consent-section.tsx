import { useState } from 'react'
import { useMutationAttempt } from '../api/use-mutation-attempt.ts'
import { MutationForm } from '../form/mutation-form.tsx'
import { type FragmentType, graphql, readFragment } from '../gql/index.ts'
import { tell } from '../layout/announcer.tsx'
import { momentOf } from '../layout/dates.ts'

const ConsentSectionCustomer = graphql(`
  fragment ConsentSectionCustomer on Customer {
    marketingConsent
    consents {
      id
      at
      isGiven
      actorKind
    }
  }
`)

const CustomerConsentSet = graphql(`
  mutation CustomerConsentSet($input: CustomerConsentSetInput!) {
    customerConsentSet(input: $input) {
      customer {
        id
        ...ConsentSectionCustomer
      }
      userErrors {
        ...FormError
      }
    }
  }
`)

/** Consent to marketing, with each time that it was given or withdrawn. */
export function ConsentSection({ customer }: { customer: FragmentType<typeof ConsentSectionCustomer> }) {
  const { marketingConsent, consents } = readFragment(ConsentSectionCustomer, customer)
  const [choice, setChoice] = useState<boolean>()
  const consent = useMutationAttempt('customerConsentSet', CustomerConsentSet, (data) => data.customerConsentSet, {})
  const marketing = choice ?? marketingConsent
  const submit = async () => {
    if (!(await consent.run({ marketing }))) return
    setChoice(undefined)
    tell(marketing ? 'We may tell you of offers.' : 'We tell you of no offers any more.')
  }
  return (
    <section aria-labelledby="consent">
      <h2 id="consent">Offers</h2>
      <MutationForm mutation={consent} submit="Save" pendingText="Saving…" onSubmit={submit}>
        <label className="check">
          <input type="checkbox" checked={marketing} onChange={(event) => setChoice(event.target.checked)} />
          You may tell me of offers
        </label>
      </MutationForm>
      {consents.length > 0 && (
        <ol className="timeline" aria-label="When you agreed or withdrew that">
          {consents.map(({ id, at, isGiven, actorKind }) => (
            <li key={id}>
              {isGiven ? 'Agreed' : 'Withdrawn'}
              {actorKind !== 'customer' && ', entered by our staff'} <time dateTime={at}>{momentOf(at)}</time>
            </li>
          ))}
        </ol>
      )}
    </section>
  )
}
