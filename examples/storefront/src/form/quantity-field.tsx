import { useEffect, useState } from 'react'
import { TextField } from './field.tsx'

/** More than this of one thing the API takes no order for. Whether a lower `max` holds, it says itself. */
const most = 10_000

type Props = {
  label: string
  value: number
  onChange: (quantity: number) => void
  min?: number
  max?: number
  error?: string | undefined
  unlabelled?: boolean
}

/** A whole number. What is typed stays as it is until it is one; on leaving, the field shows what counts. */
export function QuantityField({ value, onChange, min = 1, max = most, ...field }: Props) {
  const [text, setText] = useState(String(value))
  useEffect(() => setText(String(value)), [value])
  const change = (typed: string) => {
    setText(typed)
    const quantity = Number(typed)
    if (typed !== '' && Number.isSafeInteger(quantity) && quantity >= min && quantity <= most) onChange(quantity)
  }
  return (
    <TextField
      {...field}
      className="quantity"
      type="number"
      inputMode="numeric"
      min={min}
      max={max}
      value={text}
      onChange={(event) => change(event.target.value)}
      onBlur={() => setText(String(value))}
    />
  )
}
