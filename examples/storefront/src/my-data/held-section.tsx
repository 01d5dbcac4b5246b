import type { ReactNode } from 'react'
import { Link } from 'wouter'
import type { CustomerKind } from '../gql/graphql.ts'
import { type FragmentType, graphql, readFragment } from '../gql/index.ts'
import { countryName } from '../layout/country.ts'
import { dayOf } from '../layout/dates.ts'

const HeldSectionCustomer = graphql(`
  fragment HeldSectionCustomer on Customer {
    code
    name
    kind
    contactName
    contactTitle
    email
    phone
    country
    createdAt
    orderCount
    addresses {
      id
      recipient
      street
      postalCode
      city
      region
      country
    }
  }
`)

const kindNames: Record<CustomerKind, string> = { COMPANY: 'A company', PERSON: 'A private person' }

/** What is held, in short: the archive of an export has everything. */
export function HeldSection({ customer }: { customer: FragmentType<typeof HeldSectionCustomer> }) {
  const held = readFragment(HeldSectionCustomer, customer)
  const { orderCount } = held
  return (
    <section aria-labelledby="held">
      <h2 id="held">What we hold</h2>
      <dl className="facts">
        <Fact name="Name">{held.name}</Fact>
        <Fact name="Kind">{kindNames[held.kind]}</Fact>
        <Fact name="Contact">{[held.contactName, held.contactTitle].filter(Boolean).join(', ')}</Fact>
        <Fact name="E-mail">{held.email}</Fact>
        <Fact name="Telephone">{held.phone}</Fact>
        <Fact name="Country">{countryName(held.country)}</Fact>
        <Fact name="Customer code">{held.code}</Fact>
        <Fact name="Customer since">{dayOf(held.createdAt)}</Fact>
        <Fact name="Addresses">
          {held.addresses.length > 0 && (
            <ul>
              {held.addresses.map(({ id, recipient, street, postalCode, city, region, country }) => (
                <li key={id}>
                  {[recipient, street, [postalCode, city, region].filter(Boolean).join(' ')].join(', ')},{' '}
                  {countryName(country)}
                </li>
              ))}
            </ul>
          )}
        </Fact>
        <Fact name="Orders">
          {orderCount > 0 && <Link href="/orders">{orderCount === 1 ? '1 order' : `${orderCount} orders`}</Link>}
        </Fact>
      </dl>
    </section>
  )
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <>
      <dt>{name}</dt>
      <dd>{children || <span className="muted">None</span>}</dd>
    </>
  )
}
