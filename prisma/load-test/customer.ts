import type { GivenRow } from '../copy.ts'
import { lastCustomer, opening } from './calendar.ts'
import { makeCompanyName, makeJobTitle, makePerson, makePlace } from './people.ts'
import { Random } from './random.ts'

export interface GeneratedCustomer {
  customer: GivenRow<'Customer'>
  address: GivenRow<'Address'>
}

/** When a customer joined, in milliseconds since 1970. The first one is older than every order. */
export function customerSince(index: number): number {
  return index === 0 ? opening : new Random('arrival', index).time(opening, lastCustomer)
}

/** Generated again for each use, so that memory does not grow with the number of customers. */
export function generateCustomer(index: number): GeneratedCustomer {
  const random = new Random('customer', index)
  const createdAt = customerSince(index)
  const isCompany = random.chance(0.5)
  const person = makePerson(random)
  const place = makePlace(random)
  const name = isCompany ? makeCompanyName(random) : person.name
  const customer = {
    id: random.id(createdAt),
    code: `LT${String(index + 1).padStart(7, '0')}`,
    kind: isCompany ? ('COMPANY' as const) : ('PERSON' as const),
    name,
    contactName: isCompany ? person.name : null,
    contactTitle: isCompany ? makeJobTitle(random) : null,
    email: `${asciiOf(person.given)}.${asciiOf(person.family)}.${index + 1}@example.com`,
    phone: random.chance(0.8) ? place.phone : null,
    country: place.country,
    marketingConsent: false,
    createdAt: new Date(createdAt),
    version: 1,
  }
  const address = {
    id: random.id(createdAt),
    customerId: customer.id,
    recipient: name,
    street: place.street,
    city: place.city,
    region: null,
    postalCode: place.postalCode,
    country: place.country,
    version: 1,
  }
  return { customer, address }
}

function asciiOf(name: string): string {
  return name
    .normalize('NFD')
    .replace(/[^a-zA-Z]/g, '')
    .toLowerCase()
}
