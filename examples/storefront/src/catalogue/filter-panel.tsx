import { useEffect, useEffectEvent, useState } from 'react'
import { SelectField, TextField } from '../form/field.tsx'
import { decimalIn } from '../form/typed-values.ts'
import { type FragmentType, graphql, readFragment } from '../gql/index.ts'
import { type Filters, sorts } from './filters.ts'

const CategoryChoice = graphql(`
  fragment CategoryChoice on Category {
    id
    name
  }
`)

type Props = {
  filters: Filters
  categories: readonly FragmentType<typeof CategoryChoice>[]
  onChange: (change: Partial<Filters>) => void
}

export function FilterPanel({ filters, categories, onChange }: Props) {
  const choices = readFragment(CategoryChoice, categories)
  return (
    <search className="filters">
      <DebouncedField
        label="Search by name"
        type="search"
        value={filters.search}
        onChange={(search) => onChange({ search })}
        className="filters-search"
      />
      <SelectField
        label="Category"
        value={filters.category}
        onChange={(event) => onChange({ category: event.target.value })}
      >
        <option value="">All</option>
        {choices.map(({ id, name }) => (
          <option key={id} value={id}>
            {name}
          </option>
        ))}
      </SelectField>
      <SelectField label="Sort by" value={filters.sort} onChange={(event) => onChange({ sort: event.target.value })}>
        {Object.entries(sorts).map(([name, { label }]) => (
          <option key={name} value={name}>
            {label}
          </option>
        ))}
      </SelectField>
      <fieldset className="filters-price">
        <legend>Price in US dollars</legend>
        <PriceField label="Price from" placeholder="From" value={filters.min} onChange={(min) => onChange({ min })} />
        <PriceField label="Price to" placeholder="To" value={filters.max} onChange={(max) => onChange({ max })} />
      </fieldset>
      <label className="check">
        <input
          type="checkbox"
          checked={filters.inStock}
          onChange={(event) => onChange({ inStock: event.target.checked })}
        />
        In stock only
      </label>
    </search>
  )
}

type TextProps = {
  label: string
  value: string
  onChange: (text: string) => void
  type?: string
  inputMode?: 'decimal'
  unlabelled?: boolean
  placeholder?: string
  error?: string | undefined
  className?: string
}

function PriceField(props: Pick<TextProps, 'label' | 'placeholder' | 'value' | 'onChange'>) {
  const isWrong = props.value !== '' && decimalIn(props.value) === undefined
  return (
    <DebouncedField {...props} unlabelled inputMode="decimal" error={isWrong ? 'An amount such as 12.50' : undefined} />
  )
}

/** Searches when people pause, and not at each letter. */
function DebouncedField({ value, onChange, ...field }: TextProps) {
  const [text, setText] = useState(value)
  useEffect(() => setText(value), [value])
  const ask = useEffectEvent(() => text !== value && onChange(text))
  // biome-ignore lint/correctness/useExhaustiveDependencies: what is typed starts the time anew.
  useEffect(() => {
    const timer = setTimeout(ask, 300)
    return () => clearTimeout(timer)
  }, [text])
  return <TextField {...field} value={text} onChange={(event) => setText(event.target.value)} autoComplete="off" />
}
