import { builder } from '../../platform/graphql/builder.ts'
import { parseId } from '../../platform/graphql/ids.ts'
import { idempotencyKeyField } from '../../platform/mutations/idempotency-key-field.ts'
import { optionalText } from '../../platform/mutations/text-input.ts'
import { changesCatalog } from '../access.ts'
import { forPartners } from '../audiences.ts'
import { type Errors, mutation, type Scope } from '../mutations.ts'
import { maxUnits } from './product-parts.ts'
import { changeStock, type LockedProduct, lockProducts } from './stock.ts'

const StockAdjustReason = builder.enumType('StockAdjustReason', {
  description: 'Why the number of units on hand changes, orders aside.',
  values: {
    DELIVERY: { description: 'A supplier delivered, or took back.' },
    COUNT: { description: 'A count found more or fewer than the books.' },
    DAMAGE: { description: 'Units were lost or spoiled.' },
  } as const,
})

const StockAdjustInput = builder.inputType('StockAdjustInput', {
  description: 'Units that came into the warehouse or left it, orders aside.',
  fields: (t) => ({
    productId: t.id({ required: true, description: 'The product.' }),
    quantity: t.int({ required: true, description: 'How many units came, or, below zero, how many left; not zero.' }),
    reason: t.field({ type: StockAdjustReason, required: true, description: 'Why.' }),
    note: t.string({ sensitivity: 'personal', description: 'Anything to remember about it.' }),
    idempotencyKey: t.string({ description: idempotencyKeyField.required }),
  }),
})

builder.mutationField('stockAdjust', (t) =>
  t.field(
    mutation({
      subGraphs: forPartners,
      name: 'stockAdjust',
      description:
        'Changes how many units of a product are on hand, and keeps it in the ledger. Units that orders wait for stay.',
      auth: changesCatalog,
      input: StockAdjustInput,
      idempotencyKey: 'required',
      inBulk: true,
      changes: { product: 'Product' },
      run: adjustStock,
    }),
  ),
)

async function adjustStock(input: typeof StockAdjustInput.$inferInput, scope: Scope) {
  const { tx, errors } = scope
  const { quantity, reason } = input
  const id = parseId('Product', input.productId)
  const note = optionalText(errors, input.note, ['note'], { max: 500 })
  if (quantity === 0) errors.add('INVALID_QUANTITY', ['quantity'], 'Zero units change nothing.')
  if (!id) return errors.refuse('PRODUCT_UNKNOWN', ['productId'])
  errors.refuseIfAny()
  const products = await lockProducts(tx, [id])
  const product = products.get(id)
  if (!product) return errors.refuse('PRODUCT_UNKNOWN', ['productId'])
  checkQuantity(product, quantity, errors)
  errors.refuseIfAny()
  await changeStock(scope, products, [{ productId: id, onHand: quantity, reserved: 0 }], { reason, note })
  return { product: id }
}

function checkQuantity({ name, onHand, available }: LockedProduct, quantity: number, errors: Errors): void {
  if (available + quantity < 0)
    errors.add('INSUFFICIENT_STOCK', ['quantity'], `Of ${name} ${available} can leave; orders wait for the rest.`)
  if (onHand + quantity > maxUnits)
    errors.add('INVALID_QUANTITY', ['quantity'], `At most ${maxUnits} units can be on hand.`)
}
