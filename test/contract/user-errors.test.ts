import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { isEnumType } from 'graphql'
import { expect, it } from 'vitest'
import { schema } from '../../src/schema.ts'

const folder = join(import.meta.dirname, '../commerce')
const tests = readdirSync(folder)
  .filter((name) => name.endsWith('.test.ts'))
  .map((name) => readFileSync(join(folder, name), 'utf8'))
  .join('\n')

const type = schema.getType('UserErrorCode')
const codes = isEnumType(type) ? type.getValues() : []

it.each(codes.map(({ name }) => name))('the user error %s is provoked by a test', (name) => {
  expect(tests).toMatch(new RegExp(`\\b${name}\\b`))
})

it('there are user errors, each with a description', () => {
  expect(codes.length).toBeGreaterThan(30)
  expect(codes.filter(({ description }) => !description)).toEqual([])
})
