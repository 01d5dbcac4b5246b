import {
  type GraphQLField,
  GraphQLString,
  type GraphQLType,
  getNamedType,
  isInputObjectType,
  isIntrospectionType,
  isObjectType,
} from 'graphql'
import { describe, expect, it } from 'vitest'
import { sensitivityOf } from '../../src/platform/privacy/sensitivity.ts'
import { schema } from '../../src/schema.ts'

/** Words for values that identify a person or say how to reach them. */
const personal = /e-?mail|phone|street|contact|recipient|postal|receives/i
/** Free texts. */
const freeText = /(reason|note|comment|message)$/i

/** Fields about personal data that are not personal themselves. */
const notPersonal = new Set([
  // An object whose own fields are tagged.
  'Supplier.contact',
  // A company's line, for everyone.
  'Carrier.phone',
  // The shop's own texts.
  'BulkExportFailure.message',
  'UserError.message',
])

const types = Object.values(schema.getTypeMap()).filter((type) => !isIntrospectionType(type))
const outputs = types
  .filter(isObjectType)
  .flatMap((type) =>
    Object.values(type.getFields()).map((field) => ({ name: `${type.name}.${field.name}`, type, field })),
  )
const inputs = types
  .filter(isInputObjectType)
  .flatMap((type) => Object.values(type.getFields()).map((field) => ({ name: `${type.name}.${field.name}`, field })))

const mayTellOfIt = ({
  name,
  type,
  description,
}: Pick<GraphQLField<unknown, unknown>, 'name' | 'description'> & { type: GraphQLType }) =>
  personal.test(`${name} ${description}`) || (freeText.test(name) && getNamedType(type) === GraphQLString)

describe('the tag of personal data', () => {
  it('is on every field with personal data, and on texts that may contain it', () => {
    const speaking = outputs.filter(({ field }) => mayTellOfIt(field))
    const untagged = speaking.filter(({ name, field }) => !notPersonal.has(name) && sensitivityOf(field) !== 'personal')
    expect(speaking.length).toBeGreaterThan(18)
    expect(untagged.map(({ name }) => name)).toEqual([])
  })

  it('is on every input with personal data, and on texts that may contain it', () => {
    const speaking = inputs.filter(({ field }) => mayTellOfIt(field))
    expect(speaking.length).toBeGreaterThan(15)
    expect(speaking.filter(({ field }) => sensitivityOf(field) !== 'personal').map(({ name }) => name)).toEqual([])
  })
})
