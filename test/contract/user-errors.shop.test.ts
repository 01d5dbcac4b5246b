import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { isEnumType } from 'graphql'
import { expect, it } from 'vitest'
import { schema } from '../../src/schema.ts'

const folders = ['../commerce', '../platform'].map((folder) => join(import.meta.dirname, folder))
const tests = folders
  .flatMap((folder) => readdirSync(folder, { encoding: 'utf8', recursive: true }).map((name) => join(folder, name)))
  .filter((path) => path.endsWith('.test.ts'))
  .map((path) => readFileSync(path, 'utf8'))
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
