import { type FragmentType, graphql, readFragment } from '../gql/index.ts'

const Amount = graphql(`
  fragment Amount on Money {
    amount
    currency
  }
`)

export function Money({ of, className }: { of: FragmentType<typeof Amount>; className?: string }) {
  return <span className={className}>{format(readFragment(Amount, of))}</span>
}

/** Intl takes the exact decimal as a string, so no value becomes a float. */
export function format({ amount, currency }: { amount: string; currency: string }): string {
  const formatter = new Intl.NumberFormat(undefined, { style: 'currency', currency })
  return isDecimal(amount) ? formatter.format(amount) : `${amount} ${currency}`
}

function isDecimal(text: string): text is Intl.StringNumericLiteral {
  return /^-?\d+(\.\d+)?$/.test(text)
}
