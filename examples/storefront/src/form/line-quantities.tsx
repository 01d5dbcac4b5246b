import type { OrderLineQuantityInput } from '../gql/graphql.ts'
import { QuantityField } from './quantity-field.tsx'
import { errorAt, type InputError } from './user-errors.ts'

export type CountedLine = { id: string; name: string; most: number }
/** The units of each line; 0 for a line that is not in it. */
export type Quantities = Readonly<Record<string, number>>

type Props = {
  legend: string
  lines: readonly CountedLine[]
  quantities: Quantities
  onChange: (quantities: Quantities) => void
  errors: readonly InputError[]
}

/** Lets people choose units of an order's lines. */
export function LineQuantities({ legend, lines, quantities, onChange, errors }: Props) {
  const sent = inputOf(lines, quantities)
  return (
    <fieldset className="stack">
      <legend>{legend}</legend>
      {lines.map(({ id, name, most }) => (
        <div key={id} className="counted-line">
          <span>
            {name} <span className="muted">of {most}</span>
          </span>
          <QuantityField
            label={`Quantity of ${name}`}
            unlabelled
            min={0}
            max={most}
            value={quantities[id] ?? 0}
            onChange={(quantity) => onChange({ ...quantities, [id]: quantity })}
            error={errorOf(
              errors,
              sent.findIndex(({ orderLineId }) => orderLineId === id),
            )}
          />
        </div>
      ))}
    </fieldset>
  )
}

/** As the API's input: without lines of 0 units. */
export function inputOf(lines: readonly CountedLine[], quantities: Quantities): OrderLineQuantityInput[] {
  return lines
    .map(({ id }) => ({ orderLineId: id, quantity: quantities[id] ?? 0 }))
    .filter(({ quantity }) => quantity > 0)
}

/** The input fields whose errors are shown here. */
export function shownOf(count: number): string[] {
  return Array.from({ length: count }, (_, line) => [`lines.${line}.quantity`, `lines.${line}.orderLineId`]).flat()
}

function errorOf(errors: readonly InputError[], line: number): string | undefined {
  return errorAt(errors, `lines.${line}.quantity`) ?? errorAt(errors, `lines.${line}.orderLineId`)
}
