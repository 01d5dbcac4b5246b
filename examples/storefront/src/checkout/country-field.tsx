import type { ComponentProps } from 'react'
import { SelectField } from '../form/field.tsx'
import { countryName } from '../layout/country.ts'

/** The countries that the shop delivers to. */
const codes = 'AR AT AU BE BR CA CH CZ DE DK ES FI FR GB GR HU IE IS IT JP LU MX NL NO NZ PL PT SE SG US VE'.split(' ')
const countries = codes
  .map((code) => ({ code, name: countryName(code) }))
  .toSorted((one, other) => one.name.localeCompare(other.name))

export function CountryField(props: ComponentProps<typeof SelectField>) {
  return (
    <SelectField {...props}>
      <option value="">Choose one</option>
      {countries.map(({ code, name }) => (
        <option key={code} value={code}>
          {name}
        </option>
      ))}
    </SelectField>
  )
}
