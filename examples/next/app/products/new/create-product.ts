'use server'

import { createHash } from 'node:crypto'
import { redirect } from 'next/navigation'
import { type ApiError, execute } from '../../../api/execute.ts'
import { graphql } from '../../../gql/index.ts'

const ProductCreate = graphql(`
  mutation ProductCreate($input: ProductCreateInput!) {
    productCreate(input: $input) {
      userErrors {
        message
        path
      }
    }
  }
`)

const fields = ['sku', 'name', 'unitPrice.amount', 'categoryId', 'supplierId'] as const
const names = [...fields, 'attempt'] as const

/** A form as it was sent, and what is wrong: at its fields, or with all of it. */
export interface ProductDraft {
  sent: Partial<Record<(typeof names)[number], string>>
  errors: Partial<Record<(typeof fields)[number], string>>
  failure?: string
}

/** Creates the product and shows the list, or returns the form with its errors. */
export async function createProduct(_before: ProductDraft, form: FormData): Promise<ProductDraft> {
  const text = (name: (typeof names)[number]) => String(form.get(name) ?? '').trim()
  const sent = Object.fromEntries(names.map((name) => [name, text(name)]))
  const amount = text('unitPrice.amount')
  // The type of an amount leaves no room for other texts: the API would refuse them without naming a field.
  if (!/^\d{1,9}(\.\d{1,4})?$/.test(amount)) return { sent, errors: { 'unitPrice.amount': 'An amount such as 12.50.' } }

  const product = {
    sku: text('sku'),
    name: text('name'),
    unitPrice: { amount, currency: 'USD' },
    categoryId: text('categoryId'),
    supplierId: text('supplierId'),
  }
  const idempotencyKey = keyOf(text('attempt'), product)
  const { data, error } = await execute(ProductCreate, { input: { ...product, idempotencyKey } })
  if (error) return { sent, errors: {}, failure: failureOf(error) }
  const userErrors = data.productCreate?.userErrors ?? []
  if (userErrors.length > 0) return { sent, ...placed(userErrors) }
  redirect('/')
}

/** The same form sent twice is one product. A form that was corrected is another attempt, and has another key. */
function keyOf(attempt: string, product: object): string {
  return createHash('sha256')
    .update(JSON.stringify([attempt, product]))
    .digest('base64url')
}

/** Each user error at the field of its path, `["input", "unitPrice", "amount"]`; those without a field together. */
function placed(userErrors: readonly { message: string; path: string[] }[]): Pick<ProductDraft, 'errors' | 'failure'> {
  const named = userErrors.map(({ message, path }) => ({ message, name: path.slice(1).join('.') }))
  const isField = ({ name }: { name: string }) => fields.some((field) => field === name)
  const others = named.filter((error) => !isField(error))
  return {
    errors: Object.fromEntries(named.filter(isField).map(({ name, message }) => [name, message])),
    ...(others.length > 0 && { failure: others.map(({ message }) => message).join(' ') }),
  }
}

function failureOf(error: ApiError): string {
  if (error.code === 'UNAUTHENTICATED') return 'Your session has ended. Sign in again.'
  if (error.code === 'FORBIDDEN') return 'You may not create products.'
  console.error(error)
  return 'There was no answer. Send the form again: the product is created once.'
}
