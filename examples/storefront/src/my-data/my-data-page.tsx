import { useQuery } from 'urql'
import { graphql } from '../gql/index.ts'
import { FailureNotice } from '../layout/failure-notice.tsx'
import { Page } from '../layout/page.tsx'
import { SkeletonRows } from '../layout/skeleton.tsx'
import { ConsentSection } from './consent-section.tsx'
import { EraseSection } from './erase-section.tsx'
import { ExportSection } from './export-section.tsx'
import { HeldSection } from './held-section.tsx'
import { useLookAgain } from './use-look-again.ts'

const MyData = graphql(`
  query MyData {
    viewer {
      customer {
        id
        ...HeldSectionCustomer
        ...ConsentSectionCustomer
      }
    }
    exports: personRequests(first: 1, filter: { kind: EXPORT }) {
      edges {
        node {
          id
          ...LookAgainRequest
          ...ExportSectionRequest
        }
      }
    }
    erasures: personRequests(first: 1, filter: { kind: ERASURE }) {
      edges {
        node {
          id
          ...LookAgainRequest
          ...EraseSectionRequest
        }
      }
    }
  }
`)

/** What the shop holds of the customer, and their rights to it. */
export function MyDataPage() {
  const [{ data, error }, ask] = useQuery({ query: MyData, requestPolicy: 'cache-and-network' })
  const askAgain = () => ask({ requestPolicy: 'network-only' })
  const customer = data?.viewer.customer
  const lastExport = data?.exports?.edges[0]?.node
  const lastErasure = data?.erasures?.edges[0]?.node
  useLookAgain([lastExport, lastErasure], askAgain)
  return (
    <Page title="My data" className="medium">
      {error && <FailureNotice error={error} retry={askAgain} />}
      {!customer && !error && <SkeletonRows count={4} />}
      {customer && (
        <>
          <HeldSection customer={customer} />
          <ConsentSection customer={customer} />
          <ExportSection request={lastExport} />
          <EraseSection request={lastErasure} />
        </>
      )}
    </Page>
  )
}
