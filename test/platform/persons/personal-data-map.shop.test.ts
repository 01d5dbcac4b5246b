import { describe, expect, it } from 'vitest'
import { problemsOf } from '../../../src/platform/persons/check-personal-data.ts'
import type { PersonalData } from '../../../src/platform/privacy/map/personal-data.ts'
import { domain, schema } from '../../../src/schema.ts'

const { personalData: data, rowPolicies } = domain
type Models = PersonalData['models']
const { Customer, Address, Order, OrderLine, ...others }: Models = data.models
if (!Customer || !Address || !Order || !OrderLine) throw new Error('the map has no customers')

const problems = (changed: Partial<PersonalData>) => problemsOf({ data: { ...data, ...changed }, schema, rowPolicies })
const problemsWith = (models: Models) => problems({ models: { ...data.models, ...models } })

describe('the check of the map of personal data', () => {
  it('finds nothing in a whole map', () => {
    expect(problems({})).toEqual([])
  })

  it('finds a text of a person without an entry', () => {
    const { phone: _, ...columns } = Customer.columns
    expect(problemsWith({ Customer: { ...Customer, columns } })).toEqual([
      'Customer.phone is a text of Customer, and has no entry: say in `columns` why it is held, or name it in `impersonal`',
      'Customer.phone is tagged, and Customer.phone has no entry in the map',
    ])
  })

  it('finds a column elsewhere that is named like personal data', () => {
    expect(problems({ impersonal: {} })).toEqual([
      'Carrier.phone looks personal, and has no entry: add Carrier to `models`, or say in `impersonal` why it is not',
    ])
    expect(problems({ impersonal: {}, undecided: ['Carrier.phone'] })).toEqual([])
  })

  it('finds a model that leads to a person and is not in the map', () => {
    expect(problems({ models: { ...others, Customer, Address, Order } })).toEqual([
      'OrderLine.order leads to Customer: the map needs an entry for OrderLine',
    ])
  })

  it('finds a path that leads to nobody, to somebody else, and to other rows than the row policy shows', () => {
    expect(problemsWith({ Address: { ...Address, path: 'nobody' } })).toEqual([
      'Address.nobody is no relation to one row',
    ])
    expect(problemsWith({ OrderLine: { ...OrderLine, path: 'order.carrier' } })).toContain(
      'OrderLine: the path "order.carrier" leads to Carrier, not to Customer',
    )
    expect(
      problemsOf({ data, schema, rowPolicies: { ...rowPolicies, Order: { rows: () => ({ carrierId: null }) } } }),
    ).toEqual(['Order: the path "customer" and the row policy lead to other rows'])
  })

  it('finds an erasure that a column cannot hold', () => {
    const columns = { ...Customer.columns, name: { purpose: 'contract' }, email: { purpose: 'contract', erased: 'x' } }
    expect(problemsWith({ Customer: { ...Customer, columns } })).toEqual([
      'Customer.name is never null: say in `erased` what stands there after an erasure',
      'Customer.email is unique: `erased` must make a text of its mark',
    ])
  })

  it('finds a model of people without an entry of its own', () => {
    expect(problems({ subjects: { ...data.subjects, Carrier: { about: 'a carrier' } } })).toContain(
      "Carrier is a model of people: `models` needs its own entry with `subject: 'Carrier'` and no path",
    )
  })
})
