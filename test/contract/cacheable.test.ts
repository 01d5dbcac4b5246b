import { isObjectType } from 'graphql'
import { describe, expect, it } from 'vitest'
import { anonymous } from '../../src/platform/auth/viewer.ts'
import { isPublicField } from '../../src/platform/cache/public-document.ts'
import { PublicModels } from '../../src/platform/cache/public-models.ts'
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

describe('what may be kept', () => {
  it('of the root is what is looked up in the catalogue', () => {
    const open = fields.filter(({ type, field }) => type.name === 'Query' && isPublicField(type, field))
    // Carriers could be: their row policy does not say that they are.
    const names = ['carriers', 'categories', 'product', 'products', 'suppliers']
    expect(open.map(({ field }) => field.name).sort()).toEqual(names)
  })

  it('of what a resolver makes is what says so, and was looked at', () => {
    const said = fields.filter((each) => saysSo(each) && !/(Connection|Edge)\.|^Query\./.test(each.name))
    expect(said.map(({ name }) => name).sort()).toEqual([
      ...['Category.id', 'Category.products', 'Money.amount', 'Product.id', 'Product.stockMovements'],
      ...['Product.unitPrice', 'Supplier.id', 'Supplier.products'],
    ])
  })

  it('is never what turns somebody away, or is tagged', () => {
    const guarded = fields.filter(({ type, field }) => (ruleOf(type, field)?.allows(anonymous) ?? true) === false)
    expect(guarded.length).toBeGreaterThan(50)
    expect(guarded.filter(({ type, field }) => isPublicField(type, field))).toEqual([])
  })

  it('is of models that everybody sees whole, and no fields but those of the stock are left out', () => {
    const models = new PublicModels(domain.rowPolicies)
    expect(models.all).toEqual(['Supplier', 'Category', 'Product'])
    expect(models.shows('Product', 'stockOnHand')).toBe(false)
    expect(models.shows('Product', 'name')).toBe(true)
    expect(models.shows('Order', 'number')).toBe(false)
  })

  it('is refused at the start for a model that not everybody sees whole', () => {
    const { Order } = domain.rowPolicies
    const policies = { ...domain.rowPolicies, Order: { ...Order, cacheable: true as const } }
    expect(() => new PublicModels(policies)).toThrow('Order is declared cacheable')
  })

  it('is given to no viewer who sees less of it than others', () => {
    const { Product } = domain.rowPolicies
    const rows = ({ kind }: { kind: string }) => (kind === 'customer' ? { discontinued: false } : 'all')
    const models = new PublicModels({ ...domain.rowPolicies, Product: { ...Product, rows } })
    expect(models.areSeenBy(anonymous)).toBe(true)
    expect(models.areSeenBy({ ...anonymous, kind: 'customer' })).toBe(false)
  })
})
