import { MapperKind, mapSchema } from '@graphql-tools/utils'
import { GraphQLObjectType } from 'graphql'
import { describe, expect, it } from 'vitest'
import { federatedSchema } from '../../../src/platform/federation/federated-schema.ts'
import { schema } from '../../../src/schema.ts'

describe('a key of an entity', () => {
  it.each<[what: string, type: string, key: string]>([
    ['a field with a tag', 'Customer', 'email'],
    ['a field that is not unique', 'Product', 'name'],
    ['a field that is no text', 'Order', 'number'],
    ['a field that the type does not have', 'Product', 'barcode'],
  ])('cannot be %s', (_what, type, key) => {
    expect(() => federatedSchema(withKey(type, key))).toThrow(`${type}.${key} cannot be a key`)
  })

  it('can be a unique text without a rule', () => {
    expect(() => federatedSchema(withKey('Product', 'sku'))).not.toThrow()
  })
})

function withKey(name: string, key: string) {
  return mapSchema(schema, {
    [MapperKind.OBJECT_TYPE]: (type) => {
      const config = type.toConfig()
      const extensions = { ...config.extensions, pothosOptions: { keys: [key] } }
      return type.name === name ? new GraphQLObjectType({ ...config, extensions }) : type
    },
  })
}
