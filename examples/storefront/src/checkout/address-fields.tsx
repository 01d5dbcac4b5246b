import { TextField } from '../form/field.tsx'
import { missingIn } from '../form/typed-values.ts'
import { errorAt, type InputError } from '../form/user-errors.ts'
import type { OrderPlaceShipToInput } from '../gql/graphql.ts'
import { CountryField } from './country-field.tsx'

export type NewAddress = Record<'recipient' | 'street' | 'postalCode' | 'city' | 'region' | 'country', string>
export const noAddress: NewAddress = { recipient: '', street: '', postalCode: '', city: '', region: '', country: '' }

/** The fields of the order's input that this part shows. */
export const addressFields = Object.keys(noAddress).map((name) => `shipTo.${name}`)

/** Checks every field here: without a country the API refuses the request before it checks the other fields. */
export function missingInAddress({ recipient, street, city, country }: OrderPlaceShipToInput): InputError[] {
  return missingIn({
    'shipTo.recipient': recipient,
    'shipTo.street': street,
    'shipTo.city': city,
    'shipTo.country': country,
  })
}

type Props = {
  address: NewAddress
  onChange: (address: NewAddress) => void
  errors: readonly InputError[]
}

export function AddressFields({ address, onChange, errors }: Props) {
  const field = (name: keyof NewAddress) => ({
    value: address[name],
    onChange: (event: { target: { value: string } }) => onChange({ ...address, [name]: event.target.value }),
    error: errorAt(errors, `shipTo.${name}`),
  })
  return (
    <div className="form-grid">
      <TextField label="Recipient" autoComplete="shipping name" {...field('recipient')} />
      <TextField label="Street and number" autoComplete="shipping street-address" {...field('street')} />
      <TextField label="Postal code (optional)" autoComplete="shipping postal-code" {...field('postalCode')} />
      <TextField label="City" autoComplete="shipping address-level2" {...field('city')} />
      <TextField label="State or province (optional)" autoComplete="shipping address-level1" {...field('region')} />
      <CountryField label="Country" autoComplete="shipping country" {...field('country')} />
    </div>
  )
}
