import { SelectField, TextField } from '../form/field.tsx'
import { errorAt, type InputError } from '../form/user-errors.ts'
import { type FragmentType, graphql, readFragment } from '../gql/index.ts'
import type { ProductDraft } from './product-draft.ts'

const ProductFieldsChoices = graphql(`
  fragment ProductFieldsChoices on Query {
    categories(first: 100) {
      edges {
        node {
          id
          name
        }
      }
    }
    suppliers(first: 100) {
      edges {
        node {
          id
          name
        }
      }
    }
  }
`)

/** The categories and suppliers to choose from. */
export type ProductChoices = { choices: FragmentType<typeof ProductFieldsChoices> }

type Props = ProductChoices & {
  draft: ProductDraft
  currency: string
  onChange: (draft: ProductDraft) => void
  errors: readonly InputError[]
}

export function ProductFields({ draft, currency, choices, onChange, errors }: Props) {
  const { categories, suppliers } = readFragment(ProductFieldsChoices, choices)
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
        <Choices of={categories} />
      </SelectField>
      <SelectField label="Supplier" {...field('supplierId')}>
        <option value="">Choose one</option>
        <Choices of={suppliers} />
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

type Choosable = { edges: readonly { node: { id: string; name: string } }[] } | null | undefined

function Choices({ of }: { of: Choosable }) {
  return of?.edges.map(({ node: { id, name } }) => (
    <option key={id} value={id}>
      {name}
    </option>
  ))
}
