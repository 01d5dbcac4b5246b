import { useEffect, useRef } from 'react'
import { useMutationAttempt } from '../api/use-mutation-attempt.ts'
import { MutationForm } from '../form/mutation-form.tsx'
import { type FragmentType, graphql, readFragment } from '../gql/index.ts'
import { announce } from '../layout/announcer.tsx'
import { momentOf } from '../layout/dates.ts'

const ExportSectionRequest = graphql(`
  fragment ExportSectionRequest on PersonRequest {
    state
    endedAt
    url
  }
`)

const PersonExport = graphql(`
  mutation PersonExport($input: PersonExportInput!) {
    personExport(input: $input) {
      personRequest {
        id
        ...LookAgainRequest
        ...ExportSectionRequest
      }
      userErrors {
        ...FormError
      }
    }
  }
`)

/** Everything that is stored about them, in one archive. */
export function ExportSection({ request }: { request: FragmentType<typeof ExportSectionRequest> | undefined }) {
  const last = readFragment(ExportSectionRequest, request)
  const isUnderWay = last?.state === 'SCHEDULED' || last?.state === 'RUNNING'
  const collect = useMutationAttempt('personExport', PersonExport, (data) => data.personExport, {})
  useAnnouncedEnd(isUnderWay)
  return (
    <section aria-labelledby="export">
      <h2 id="export">Take a copy</h2>
      <p>
        We collect all that we hold of you in one ZIP file: a page to read, and the same as JSON for other programs. It
        has your profile, addresses, orders, payments and what our records say of you.
      </p>
      {isUnderWay && <p className="notice">We are collecting your data. The link appears here.</p>}
      {last?.url && last.endedAt && (
        <p className="notice">
          <span>
            Your copy of {momentOf(last.endedAt)} is ready. We keep it for 7 days. Everyone who has this link can
            download it for 15 minutes.
          </span>
          <a href={last.url} className="button button-main" download>
            Download my data
          </a>
        </p>
      )}
      {!isUnderWay && (
        <MutationForm
          mutation={collect}
          submit={last?.url ? 'Make a new copy' : 'Make a copy'}
          onSubmit={() => collect.run({})}
        />
      )}
    </section>
  )
}

function useAnnouncedEnd(isUnderWay: boolean): void {
  const was = useRef(isUnderWay)
  useEffect(() => {
    if (was.current !== isUnderWay) announce(isUnderWay ? 'We are collecting your data.' : 'Your copy is ready.')
    was.current = isUnderWay
  }, [isUnderWay])
}
