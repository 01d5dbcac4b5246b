import { describe, expect, it } from 'vitest'
import { countOption, readOptions, UsageError } from '../../scripts/run-script.ts'

const options = { create: { type: 'string' }, check: { type: 'boolean' } } as const

describe('the command line', () => {
  it('gives the options that are there', () => {
    expect(readOptions(options, ['--create', 'add_gift_cards'])).toEqual({ create: 'add_gift_cards' })
  })

  it.each([
    ['an option there is not', ['--bogus'], "Unknown option '--bogus'"],
    ['an option without its value', ['--create'], "Option '--create <value>' argument missing"],
    ['an argument', ['now'], "Unexpected argument 'now'"],
  ])('with %s is a fault, in one sentence', (_what, args, sentence) => {
    expect(() => readOptions(options, args)).toThrow(new UsageError(sentence))
  })

  it.each(['0', '-1', '1.5', 'many', ''])('takes "%s" for no count', (text) => {
    expect(() => countOption('--orders', text, 1)).toThrow(UsageError)
  })
})
