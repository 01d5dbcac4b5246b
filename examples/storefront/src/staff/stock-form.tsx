import { useState } from 'react'
import { useMutationAttempt } from '../api/use-mutation-attempt.ts'
import { SelectField, TextField } from '../form/field.tsx'
import { MutationForm } from '../form/mutation-form.tsx'
import { wholeNumber } from '../form/typed-values.ts'
import { errorAt } from '../form/user-errors.ts'
import type { StockAdjustReason } from '../gql/graphql.ts'
import { type FragmentType, graphql, readFragment } from '../gql/index.ts'
import { tell } from '../layout/announcer.tsx'

const StockFormProduct = graphql(`
  fragment StockFormProduct on Product {
    id
    name
    available
    stock {
      onHand
      reserved
      reorderLevel
    }
  }
`)

const StockAdjust = graphql(`
  mutation StockAdjust($input: StockAdjustInput!) {
    stockAdjust(input: $input) {
      product {
        id
        ...StockFormProduct
      }
      userErrors {
        ...FormError
      }
    }
  }
`)

const reasons: Record<StockAdjustReason, string> = { DELIVERY: 'Delivery', COUNT: 'Count', DAMAGE: 'Damage or loss' }
const noMore = {}

export function StockForm({ product }: { product: FragmentType<typeof StockFormProduct> }) {
  const { id, name, available, stock } = readFragment(StockFormProduct, product)
  const [quantity, setQuantity] = useState('')
  const [reason, setReason] = useState<StockAdjustReason>('DELIVERY')
  const [note, setNote] = useState('')
  const adjust = useMutationAttempt('stockAdjust', StockAdjust, (data) => data.stockAdjust, noMore)
  const submit = async () => {
    const text = note.trim()
    const done = await adjust.run({
      productId: id,
      quantity: wholeNumber(quantity),
      reason,
      ...(text && { note: text }),
    })
    if (!done) return
    setQuantity('')
    setNote('')
    tell(`The stock of ${name} is adjusted.`)
  }
  return (
    <section aria-labelledby="stock" className="stack">
      <h2 id="stock">Stock</h2>
      <dl className="figures">
        <Figure name="On hand" value={stock?.onHand} />
        <Figure name="Reserved for orders" value={stock?.reserved} />
        <Figure name="Available" value={available} />
      </dl>
      <MutationForm
        mutation={adjust}
        shown={['quantity', 'note']}
        submit="Adjust the stock"
        onSubmit={submit}
        className="product-form"
      >
        <TextField
          label="Units that came, or, below zero, left"
          type="number"
          value={quantity}
          onChange={(event) => setQuantity(event.target.value)}
          error={errorAt(adjust.userErrors, 'quantity')}
        />
        <SelectField
          label="Reason"
          value={reason}
          onChange={(event) => isReason(event.target.value) && setReason(event.target.value)}
        >
          {Object.entries(reasons).map(([value, label]) => (
            <option key={value} value={value}>
              {label}
            </option>
          ))}
        </SelectField>
        <TextField
          label="Note (optional)"
          value={note}
          onChange={(event) => setNote(event.target.value)}
          error={errorAt(adjust.userErrors, 'note')}
        />
      </MutationForm>
    </section>
  )
}

function Figure({ name, value }: { name: string; value: number | undefined }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{value ?? '—'}</dd>
    </div>
  )
}

function isReason(text: string): text is StockAdjustReason {
  return Object.hasOwn(reasons, text)
}
