import { type FragmentType, graphql, readFragment } from '../gql/index.ts'
import './availability.css'

const AvailabilityProduct = graphql(`
  fragment AvailabilityProduct on Product {
    available
    discontinued
  }
`)

/** Below this number the exact quantity is shown. */
const few = 10

export function Availability({ product }: { product: FragmentType<typeof AvailabilityProduct> }) {
  const { available, discontinued } = readFragment(AvailabilityProduct, product)
  if (discontinued) return <span className="stock stock-none">No longer sold</span>
  if (available <= 0) return <span className="stock stock-none">Sold out</span>
  if (available < few) return <span className="stock stock-few">Only {available} left</span>
  return <span className="stock">In stock</span>
}
