import { getNamedType, isObjectType, isScalarType } from 'graphql'
import { describe, expect, it } from 'vitest'
import { isSecret } from '../../src/platform/privacy/secret.ts'
import { schema } from '../../src/schema.ts'

const fields = Object.values(schema.getTypeMap())
  .filter((type) => isObjectType(type) && !type.name.startsWith('__'))
  .flatMap((type) =>
    isObjectType(type)
      ? Object.values(type.getFields()).map((field) => ({ field, name: `${type.name}.${field.name}` }))
      : [],
  )

describe('a field whose value is good for everyone who has it', () => {
  it('is declared a secret where a query can show it: no response with it is compressed', () => {
    expect(fields.filter(({ field }) => isSecret(field)).map(({ name }) => name)).toEqual([
      'BulkExport.url',
      'PersonRequest.url',
    ])
  })

  it('is in this list of reviewed names, as is every other field that is called like one', () => {
    const called = fields.filter(
      ({ field }) => isScalarType(getNamedType(field.type)) && /secret|token|password|link|url|key$/i.test(field.name),
    )
    const ofMutations = [
      'ApiKeyCreatePayload.secret',
      'WebhookCreatePayload.secret',
      'WebhookRotateSecretPayload.secret',
    ]
    const open = ['Webhook.url']
    expect(called.map(({ name }) => name).sort()).toEqual(
      ['BulkExport.url', 'PersonRequest.url', ...ofMutations, ...open].sort(),
    )
  })
})
