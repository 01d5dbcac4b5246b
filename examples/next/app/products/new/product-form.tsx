'use client'

import { type ComponentProps, useActionState } from 'react'
import { Field } from '../../field.tsx'
import { createProduct, type ProductDraft } from './create-product.ts'

type Choices = NonNullable<ComponentProps<typeof Field>['choices']>
type Props = { attempt: string; categories: Choices; suppliers: Choices }

const nothing: ProductDraft = { sent: {}, errors: {} }

/** The names of the fields are the paths of the API's input, which its user errors have too. It also works without JavaScript. */
export function ProductForm({ attempt, categories, suppliers }: Props) {
  const [{ sent, errors, failure }, action, isPending] = useActionState(createProduct, nothing)
  const field = (name: keyof ProductDraft['errors']) => ({ name, defaultValue: sent[name], error: errors[name] })
  return (
    <form action={action}>
      {failure && (
        <p role="alert" className="error">
          {failure}
        </p>
      )}
      <input type="hidden" name="attempt" value={sent.attempt ?? attempt} />
      <Field label="SKU" {...field('sku')} />
      <Field label="Name" {...field('name')} />
      <Field label="Price in USD" inputMode="decimal" {...field('unitPrice.amount')} />
      <Field label="Category" choices={categories} {...field('categoryId')} />
      <Field label="Supplier" choices={suppliers} {...field('supplierId')} />
      <button type="submit" disabled={isPending}>
        Create
      </button>
    </form>
  )
}
