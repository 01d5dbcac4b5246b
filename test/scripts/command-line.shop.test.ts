import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { countOption, readOptions, UsageError } from '../../scripts/run-script.ts'

const options = { create: { type: 'string' }, check: { type: 'boolean' } } as const

describe('the command line', () => {
  it('has the given options', () => {
    expect(readOptions(options, ['--create', 'add_gift_cards'])).toEqual({ create: 'add_gift_cards' })
  })

  it.each([
    ['an option there is not', ['--bogus'], "Unknown option '--bogus'"],
    ['an option without its value', ['--create'], "Option '--create <value>' argument missing"],
    ['an argument', ['now'], "Unexpected argument 'now'"],
  ])('with %s is an error, in one sentence', (_what, args, sentence) => {
    expect(() => readOptions(options, args)).toThrow(new UsageError(sentence))
  })

  it.each(['0', '-1', '1.5', 'many', ''])('refuses "%s" as a count', (text) => {
    expect(() => countOption('--orders', text, 1)).toThrow(UsageError)
  })

  it('of each command runs the script of its name in package.json', async () => {
    const root = join(import.meta.dirname, '../..')
    const { scripts } = z
      .object({ scripts: z.record(z.string(), z.string()) })
      .parse(JSON.parse(await readFile(join(root, 'package.json'), 'utf8')))
    const files = await readdir(join(root, 'scripts/commands'))
    expect(files.length).toBeGreaterThan(3)
    for (const file of files) {
      const command = file.replace('.ts', '').replaceAll(/-(.)/g, (_dash, letter: string) => letter.toUpperCase())
      expect(await readFile(join(root, 'scripts', file), 'utf8')).toBe(`\
import { ${command} } from './commands/${file}'
import { runCommand } from './run-script.ts'

await runCommand(${command})
`)
      expect(Object.values(scripts)).toContain(`node --import ./scripts/require-node.js scripts/${file}`)
    }
  })
})
