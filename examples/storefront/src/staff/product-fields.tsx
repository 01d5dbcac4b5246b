import { SelectField, TextField } from '../form/field.tsx'
import { errorAt, type InputFault } from '../form/user-errors.ts'
import { type FragmentType, graphql, readFragment } from '../gql/index.ts'
import type { ProductDraft } from './product-draft.ts'

const ProductFieldsCategory = graphql(`
  fragment ProductFieldsCategory on Category {
    id
    name
  }
`)

const ProductFieldsSupplier = graphql(`
  fragment ProductFieldsSupplier on Supplier {
    id
    name
  }
`)

export type ProductChoices = {
  categories: readonly FragmentType<typeof ProductFieldsCategory>[]
  suppliers: readonly FragmentType<typeof ProductFieldsSupplier>[]
}

type Props = ProductChoices & {
  draft: ProductDraft
  currency: string
  onChange: (draft: ProductDraft) => void
  errors: readonly InputFault[]
}

export function ProductFields({ draft, currency, categories, suppliers, onChange, errors }: Props) {
  const field = (name: keyof ProductDraft, path: string = name) => ({
    value: draft[name],
    onChange: (event: { target: { value: string } }) => onChange({ ...draft, [name]: event.target.value }),
    error: errorAt(errors, path),
  })
  return (
    <>
      <TextField label="Name" {...field('name')} />
      <TextField label="Packaging (optional)" {...field('packaging')} />
      <SelectField label="Category" {...field('categoryId')}>
        <option value="">Choose one</option>
        <Choices of={readFragment(ProductFieldsCategory, categories)} />
      </SelectField>
      <SelectField label="Supplier" {...field('supplierId')}>
        <option value="">Choose one</option>
        <Choices of={readFragment(ProductFieldsSupplier, suppliers)} />
      </SelectField>
      <TextField label={`Price in ${currency}`} inputMode="decimal" {...field('amount', 'unitPrice.amount')} />
      <TextField
        label="Buy more below"
        hint="When fewer units than these are available."
        type="number"
        min={0}
        {...field('reorderLevel')}
      />
    </>
  )
}

function Choices({ of }: { of: readonly { id: string; name: string }[] }) {
  return of.map(({ id, name }) => (
    <option key={id} value={id}>
      {name}
    </option>
  ))
}
