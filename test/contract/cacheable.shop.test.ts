import { isObjectType } from 'graphql'
import { describe, expect, it } from 'vitest'
import { anonymous } from '../../src/platform/auth/viewer.ts'
import { isPublicField } from '../../src/platform/cache/public-document.ts'
import { PublicModels } from '../../src/platform/cache/public-models.ts'
import { keyFieldsOf } from '../../src/platform/database/data-model.ts'
import { physicalTable } from '../../src/platform/database/physical-names.ts'
import { ruleOf } from '../../src/platform/graphql/shield.ts'
import { domain, schema } from '../../src/schema.ts'

const types = Object.values(schema.getTypeMap()).filter((type) => isObjectType(type) && !type.name.startsWith('__'))
const fields = types
  .filter(isObjectType)
  .flatMap((type) =>
    Object.values(type.getFields()).map((field) => ({ type, field, name: `${type.name}.${field.name}` })),
  )
const saysSo = ({ field }: (typeof fields)[number]) => {
  const { pothosOptions } = field.extensions
  return typeof pothosOptions === 'object' && pothosOptions !== null && Reflect.get(pothosOptions, 'cacheable') === true
}

describe('a cacheable field', () => {
  it('of the root is a look-up of the catalogue', () => {
    const open = fields.filter(({ type, field }) => type.name === 'Query' && isPublicField(type, field))
    // Carriers could be cacheable, but their row policy does not declare it.
    const names = ['carriers', 'categories', 'product', 'products', 'suppliers']
    expect(open.map(({ field }) => field.name).sort()).toEqual(names)
  })

  it('with a resolver declares it, and was reviewed', () => {
    const said = fields.filter((each) => saysSo(each) && !/(Connection|Edge)\.|^Query\./.test(each.name))
    expect(said.map(({ name }) => name).sort()).toEqual([
      ...['Category.id', 'Category.products', 'Money.amount', 'Product.id', 'Product.stockMovements'],
      ...['Product.unitPrice', 'Supplier.id', 'Supplier.products'],
    ])
  })

  it('never comes from another service, which reports no writes', () => {
    const remote = fields.filter(({ name }) =>
      ['Product.reviews', 'Order.tracking', 'Shipment.tracking'].includes(name),
    )
    expect(remote.map(({ type, field }) => isPublicField(type, field))).toEqual([false, false, false])
  })

  it('never has a rule or a tag', () => {
    const guarded = fields.filter(({ type, field }) => (ruleOf(type, field)?.allows(anonymous) ?? true) === false)
    expect(guarded.length).toBeGreaterThan(50)
    expect(guarded.filter(({ type, field }) => isPublicField(type, field))).toEqual([])
  })

  it('belongs to a model that everyone sees whole; only the fields of the stock are excluded', () => {
    const models = new PublicModels(domain.rowPolicies)
    expect(models.all).toEqual(['Supplier', 'Category', 'Product'])
    expect(models.shows('Product', 'stockOnHand')).toBe(false)
    expect(models.shows('Product', 'name')).toBe(true)
    expect(models.shows('Order', 'number')).toBe(false)
  })

  it('has a capture: a write of its column in plain SQL is an event, which ends cached responses', () => {
    const models = new PublicModels(domain.rowPolicies)
    const silent = models.all.flatMap((model) => {
      const captured = domain.captures.find(({ topic }) => topic.aggregate === model)?.fields ?? {}
      const columns = physicalTable(model).fields.filter(
        (field) => !keyFieldsOf(model).includes(field) && models.shows(model, field),
      )
      // A folded column changes with the one that it is made of.
      const own = columns.map((field) => String(field).replace(/Folded$/, ''))
      return own.filter((field) => captured[field] === undefined).map((field) => `${model}.${field}`)
    })
    expect(silent).toEqual([])
  })

  it('is refused at the start for a model that not everyone sees whole', () => {
    const policies = { ...domain.rowPolicies, Order: { rows: () => 'none' as const, cacheable: true as const } }
    expect(() => new PublicModels(policies)).toThrow('Order is declared cacheable')
  })

  it('is not served to a viewer who sees fewer rows than others', () => {
    const { Product } = domain.rowPolicies
    const rows = ({ kind }: { kind: string }) => (kind === 'customer' ? { discontinued: false } : 'all')
    const models = new PublicModels({ ...domain.rowPolicies, Product: { ...Product, rows } })
    expect(models.areSeenBy(anonymous)).toBe(true)
    expect(models.areSeenBy({ ...anonymous, kind: 'customer' })).toBe(false)
  })
})
