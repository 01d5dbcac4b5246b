import { useEffect, useState } from 'react'
import { TextField } from './field.tsx'

/** The API's limit for one product. The API itself checks a lower `max`. */
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

/** A whole number. The typed text stays until it is one; on blur the field shows the number that counts. */
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
