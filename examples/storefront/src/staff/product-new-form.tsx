import { useState } from 'react'
import { useLocation } from 'wouter'
import { useMutationAttempt } from '../api/use-mutation-attempt.ts'
import { currency } from '../catalogue/filters.ts'
import { TextField } from '../form/field.tsx'
import { MutationForm } from '../form/mutation-form.tsx'
import { decimalIn, missingIn, wholeNumber } from '../form/typed-values.ts'
import { errorAt } from '../form/user-errors.ts'
import { graphql } from '../gql/index.ts'
import { tell } from '../layout/announcer.tsx'
import { faultsIn, type ProductDraft, productFields } from './product-draft.ts'
import { type ProductChoices, ProductFields } from './product-fields.tsx'

const ProductCreate = graphql(`
  mutation ProductCreate($input: ProductCreateInput!) {
    productCreate(input: $input) {
      product {
        id
        sku
        ...ProductCardProduct
      }
      userErrors {
        ...FormError
      }
    }
  }
`)

const nothing: ProductDraft = { name: '', packaging: '', categoryId: '', supplierId: '', amount: '', reorderLevel: '0' }
const noMore = {}

export function ProductNewForm({ choices }: ProductChoices) {
  const [, navigate] = useLocation()
  const [draft, setDraft] = useState(nothing)
  const [sku, setSku] = useState('')
  const [stock, setStock] = useState('0')
  const create = useMutationAttempt('productCreate', ProductCreate, (data) => data.productCreate, noMore)
  const submit = async () => {
    const faults = [...missingIn({ sku }), ...faultsIn(draft)]
    if (faults.length > 0) return create.refuse(faults)
    const { name, packaging, categoryId, supplierId, amount, reorderLevel } = draft
    const done = await create.run({
      sku: sku.trim(),
      name: name.trim(),
      ...(packaging.trim() && { packaging: packaging.trim() }),
      categoryId,
      supplierId,
      unitPrice: { amount: decimalIn(amount) ?? amount, currency },
      reorderLevel: wholeNumber(reorderLevel),
      stockOnHand: wholeNumber(stock),
    })
    if (!done?.product) return
    tell(`${name.trim()} is in the catalogue.`)
    navigate(`/products/${done.product.sku}`)
  }
  return (
    <MutationForm
      mutation={create}
      shown={[...productFields, 'sku', 'stockOnHand']}
      submit="Add to the catalogue"
      onSubmit={submit}
      className="product-form"
    >
      <TextField
        label="SKU"
        hint="The code people order by: NW-0100. It stays."
        value={sku}
        onChange={(event) => setSku(event.target.value)}
        error={errorAt(create.userErrors, 'sku')}
      />
      <ProductFields
        choices={choices}
        draft={draft}
        currency={currency}
        onChange={setDraft}
        errors={create.userErrors}
      />
      <TextField
        label="Units in the warehouse"
        type="number"
        min={0}
        value={stock}
        onChange={(event) => setStock(event.target.value)}
        error={errorAt(create.userErrors, 'stockOnHand')}
      />
    </MutationForm>
  )
}
