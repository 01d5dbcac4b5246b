import type { InputError } from '../form/user-errors.ts'
import type { OrderPlaceShipToInput } from '../gql/graphql.ts'
import { type FragmentType, graphql, readFragment } from '../gql/index.ts'
import { countryName } from '../layout/country.ts'
import { AddressFields, type NewAddress } from './address-fields.tsx'

const AddressChoiceAddress = graphql(`
  fragment AddressChoiceAddress on Address {
    id
    recipient
    street
    postalCode
    city
    region
    country
  }
`)

export type Addresses = readonly FragmentType<typeof AddressChoiceAddress>[]
/** The id of a saved address, or the address that was typed. */
export type Choice = { id: string | undefined; typed: NewAddress }

type Props = {
  addresses: Addresses
  choice: Choice
  onChange: (choice: Choice) => void
  errors: readonly InputError[]
}

export function AddressChoice({ addresses: masked, choice, onChange, errors }: Props) {
  const addresses = readFragment(AddressChoiceAddress, masked)
  return (
    <fieldset className="stack">
      <legend>Where it goes</legend>
      {addresses.map((address) => (
        <label key={address.id} className="choice">
          <input
            type="radio"
            name="address"
            checked={choice.id === address.id}
            onChange={() => onChange({ ...choice, id: address.id })}
          />
          <span>
            <strong>{address.recipient}</strong>
            {[address.street, [address.postalCode, address.city, address.region].filter(Boolean).join(' ')].join(', ')},{' '}
            {countryName(address.country)}
          </span>
        </label>
      ))}
      {addresses.length > 0 && (
        <label className="choice">
          <input
            type="radio"
            name="address"
            checked={choice.id === undefined}
            onChange={() => onChange({ ...choice, id: undefined })}
          />
          <span>Another address</span>
        </label>
      )}
      {choice.id === undefined && (
        <AddressFields address={choice.typed} onChange={(typed) => onChange({ ...choice, typed })} errors={errors} />
      )}
    </fieldset>
  )
}

/** The chosen address, as an order's input. */
export function shipToOf({ id, typed }: Choice, addresses: Addresses): OrderPlaceShipToInput {
  const known = readFragment(AddressChoiceAddress, addresses).find((address) => address.id === id)
  const { recipient, street, postalCode, city, region, country } = known ?? typed
  return {
    recipient: recipient ?? '',
    street: street ?? '',
    city,
    country,
    ...(postalCode && { postalCode }),
    ...(region && { region }),
  }
}

export function firstChoice(addresses: Addresses): string | undefined {
  return readFragment(AddressChoiceAddress, addresses)[0]?.id
}
