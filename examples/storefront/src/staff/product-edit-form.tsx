import { useState } from 'react'
import { useMutationAttempt } from '../api/use-mutation-attempt.ts'
import { MutationForm } from '../form/mutation-form.tsx'
import type { ProductEditFormProductFragment } from '../gql/graphql.ts'
import { type FragmentType, graphql, readFragment } from '../gql/index.ts'
import { tell } from '../layout/announcer.tsx'
import { ConflictNotice } from './conflict-notice.tsx'
import { changesOf, faultsIn, merged, type ProductDraft, productFields } from './product-draft.ts'
import { type ProductChoices, ProductFields } from './product-fields.tsx'

const ProductEditFormProduct = graphql(`
  fragment ProductEditFormProduct on Product {
    id
    version
    name
    packaging
    unitPrice {
      amount
      currency
    }
    category {
      id
      name
    }
    supplier {
      id
      name
    }
    stock {
      reorderLevel
    }
  }
`)

const ProductUpdate = graphql(`
  mutation ProductUpdate($input: ProductUpdateInput!) {
    productUpdate(input: $input) {
      product {
        id
        ...ProductEditFormProduct
      }
      userErrors {
        ...FormError
      }
    }
  }
`)

const noMore = {}
type Props = ProductChoices & { product: FragmentType<typeof ProductEditFormProduct> }

export function ProductEditForm({ product: masked, choices }: Props) {
  const product = readFragment(ProductEditFormProduct, masked)
  /** The version the changes are based on. The product itself is the API's latest, also after a conflict. */
  const [base, setBase] = useState(product)
  const [draft, setDraft] = useState(() => draftOf(product))
  const update = useMutationAttempt('productUpdate', ProductUpdate, (data) => data.productUpdate, noMore)
  const isConflict = update.userErrors.some(({ code }) => code === 'CONFLICT') && base.version !== product.version
  const start = (from: ProductEditFormProductFragment) => {
    setBase(from)
    setDraft(draftOf(from))
  }
  const keepMine = () => {
    setDraft(merged(draft, draftOf(base), draftOf(product)))
    setBase(product)
  }
  const submit = async () => {
    const faults = faultsIn(draft)
    if (faults.length > 0) return update.refuse(faults)
    const changes = changesOf(draft, draftOf(base), product.unitPrice.currency)
    const done = await update.run({ productId: product.id, version: base.version, ...changes })
    const saved = readFragment(ProductEditFormProduct, done?.product)
    if (!saved) return
    start(saved)
    tell(`${saved.name} is saved.`)
  }
  return (
    <section aria-labelledby="facts">
      <h2 id="facts">In the catalogue</h2>
      {isConflict && (
        <ConflictNotice
          mine={draft}
          before={draftOf(base)}
          theirs={draftOf(product)}
          onTakeTheirs={() => start(product)}
          onKeepMine={keepMine}
        />
      )}
      <MutationForm
        mutation={isConflict ? { ...update, userErrors: [] } : update}
        shown={productFields}
        submit="Save"
        onSubmit={submit}
        className="product-form"
      >
        <ProductFields
          choices={choices}
          draft={draft}
          currency={product.unitPrice.currency}
          onChange={setDraft}
          errors={update.userErrors}
        />
      </MutationForm>
    </section>
  )
}

function draftOf({
  name,
  packaging,
  category,
  supplier,
  unitPrice,
  stock,
}: ProductEditFormProductFragment): ProductDraft {
  return {
    name,
    packaging: packaging ?? '',
    categoryId: category.id,
    supplierId: supplier.id,
    amount: unitPrice.amount,
    reorderLevel: String(stock?.reorderLevel ?? 0),
  }
}
