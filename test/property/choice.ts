import fc from 'fast-check'

/** A random choice, in numbers. Their meaning depends on the objects that exist when it is carried out. */
export interface Choice {
  mutation: string
  /** Which of the known orders, or products. */
  pick: number
  /** Units, or money. */
  amount: number
  /** All of it, or by staff, or back into stock. */
  whole: boolean
  lines: { product: number; quantity: number }[]
}

/** Actions that continue an order are more frequent than those that end it. */
const mutations = fc.oneof(
  { weight: 24, arbitrary: fc.constant('orderPlace') },
  { weight: 20, arbitrary: fc.constant('paymentRecord') },
  { weight: 20, arbitrary: fc.constant('orderShip') },
  { weight: 8, arbitrary: fc.constant('orderConfirmDelivery') },
  { weight: 8, arbitrary: fc.constant('orderReturn') },
  { weight: 8, arbitrary: fc.constant('paymentRefund') },
  { weight: 5, arbitrary: fc.constant('orderCancel') },
  { weight: 4, arbitrary: fc.constant('orderUpdateLines') },
  { weight: 3, arbitrary: fc.constant('stockAdjust') },
)

const choice: fc.Arbitrary<Choice> = fc.record({
  mutation: mutations,
  pick: fc.nat(1000),
  amount: fc.integer({ min: 1, max: 9 }),
  whole: fc.boolean(),
  lines: fc.array(fc.record({ product: fc.nat(7), quantity: fc.integer({ min: 1, max: 5 }) }), {
    minLength: 1,
    maxLength: 3,
  }),
})

/** The choices of each caller, in order. */
export function scripts(callers: number, steps: number): fc.Arbitrary<Choice[][]> {
  const one = fc.array(choice, { minLength: steps, maxLength: steps, size: 'max' })
  return fc.array(one, { minLength: callers, maxLength: callers, size: 'max' })
}
