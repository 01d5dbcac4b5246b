import { useQuery } from 'urql'
import { graphql } from '../gql/index.ts'
import { FailureNotice } from '../layout/failure-notice.tsx'
import { Page } from '../layout/page.tsx'
import { SkeletonRows } from '../layout/skeleton.tsx'
import { ProductNewForm } from './product-new-form.tsx'

const ProductNew = graphql(`
  query ProductNew {
    ...ProductFieldsChoices
  }
`)

export function ProductNewPage() {
  const [{ data, error }, ask] = useQuery({ query: ProductNew })
  return (
    <Page title="New product" className="medium">
      {error && <FailureNotice error={error} retry={() => ask({ requestPolicy: 'network-only' })} />}
      {!data && !error && <SkeletonRows count={5} />}
      {data && <ProductNewForm choices={data} />}
    </Page>
  )
}
