import { Validator } from '@seriousme/openapi-schema-validator'
import { expect, it } from 'vitest'
import { openApiFiles } from '../../scripts/open-api.ts'

it('every OpenAPI document is valid, by a published validator', async () => {
  for (const [file, text] of await openApiFiles()) {
    const validator = new Validator()
    const { valid, errors } = await validator.validate(JSON.parse(text))
    expect([file, valid, errors, validator.version]).toEqual([file, true, undefined, '3.1'])
  }
})
