import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buildSchema } from 'graphql'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { schemaDiff } from '../../scripts/commands/schema-diff.ts'
import { type Compatibility, compatibility, reasonsIn } from '../../scripts/compatibility.ts'
import { outcomeOf } from '../../scripts/run-script.ts'
import { commandOutput } from '../support/command.ts'

const root = join(import.meta.dirname, '../..')

describe('npm run schema:diff', () => {
  let copy: string
  beforeEach(async () => {
    copy = await mkdtemp(join(tmpdir(), 'frontdoor-contract-'))
    await cp(join(root, 'schema.graphql'), join(copy, 'schema.graphql'))
    await cp(join(root, 'schema.graphql'), join(copy, 'schema.released.graphql'))
    await writeFile(join(copy, 'schema.changes.md'), '| what | why |\n| --- | --- |\n')
  })
  afterEach(() => rm(copy, { recursive: true, force: true }))

  const diff = (...args: string[]) => outcomeOf(schemaDiff, ['--in', copy, ...args], {})
  const read = (name: string) => readFile(join(copy, name), 'utf8')
  const change = async (name: string, from: string | RegExp, to: string) => {
    const before = await read(name)
    const after = before.replace(from, to)
    expect(after).not.toBe(before)
    await writeFile(join(copy, name), after)
  }
  const type = /(?<=\n)type Category [^{]*\{\n/
  const addField = () => change('schema.graphql', type, '$&  """Another name."""\n  alias: String\n\n')
  const dropField = async () => {
    await change('schema.released.graphql', type, '$&  """Another name."""\n  alias: String\n\n')
  }

  it('is a part of npm run check', async () => {
    const scripts = z.object({ scripts: z.object({ check: z.string() }) })
    const { check } = scripts.parse(JSON.parse(await readFile(join(root, 'package.json'), 'utf8'))).scripts
    expect(check.split(' && ')).toContain('npm run -s schema:diff')
  })

  it('-- --begin makes the contract of another domain the released one, whatever it breaks', async () => {
    await dropField()
    await writeFile(
      join(copy, 'schema.changes.md'),
      '| what | why |\n| --- | --- |\n| `Category.alias` | nobody asks |\n',
    )
    const stdout = 'schema.released.graphql is schema.graphql; schema.changes.md is empty.'
    expect(await diff('--begin')).toEqual({ code: 0, stdout, stderr: '' })
    expect(await read('schema.released.graphql')).toBe(await read('schema.graphql'))
    expect(await read('schema.changes.md')).toBe('| what | why |\n| --- | --- |\n')
  })

  it('passes additions', async () => {
    await addField()
    expect(await diff()).toEqual({
      code: 0,
      stdout: 'schema.graphql is compatible with the released schema; 2 changes harm nobody.',
      stderr: '',
    })
  })

  it('fails for changes that break clients, and names them and where a reason belongs', async () => {
    await dropField()
    await expect(commandOutput('scripts/schema-diff.ts', ['--in', copy])).rejects.toMatchObject({
      code: 1,
      stderr: `
schema.graphql is not compatible with the released schema:
  - Category.alias: Field 'alias' was removed from object type 'Category'

What must break gets a line in schema.changes.md, | \`Type.field\` | reason |; what was promised until a day stays until then.
`,
    })
  })

  it('fails for a reason of something that breaks nobody', async () => {
    await change('schema.changes.md', /$/, '| `Category.name` | It was a guess. |\n')
    expect((await diff()).stderr).toContain(
      '\n  - Category.name: schema.changes.md has a reason, and nothing there breaks clients\n',
    )
  })

  it('fails for a change that breaks the contract of one audience alone, and names both', async () => {
    for (const name of ['schema.partner.graphql', 'schema.partner.released.graphql'])
      await cp(join(root, 'schema.partner.graphql'), join(copy, name))
    expect((await diff()).stdout.split('\n')).toEqual([
      'schema.graphql is compatible with the released schema; 0 changes harm nobody.',
      'schema.partner.graphql is compatible with the released schema; 0 changes harm nobody.',
    ])
    await change('schema.partner.released.graphql', type, '$&  """Another name."""\n  alias: String\n\n')
    const { code, stderr } = await diff()
    expect(code).toBe(1)
    expect(stderr).toContain(`schema.partner.graphql is not compatible with the released schema:
  - partner/Category.alias: Field 'alias' was removed from object type 'Category'
`)
    await change('schema.changes.md', /$/, '| `partner/Category.alias` | It was a guess. |\n')
    expect((await diff()).stdout).toContain(
      "Category.alias: Field 'alias' was removed from object type 'Category', since: ",
    )
  })

  it('asks for the release of a contract that is new', async () => {
    await cp(join(root, 'schema.partner.graphql'), join(copy, 'schema.partner.graphql'))
    expect((await diff()).stderr).toContain('There is no schema.partner.released.graphql: ')
    expect(await diff('--begin')).toMatchObject({ code: 0 })
    expect(await read('schema.partner.released.graphql')).toBe(await read('schema.partner.graphql'))
  })

  it('passes breaking changes with a reason, which it repeats', async () => {
    await dropField()
    await writeFile(
      join(copy, 'schema.changes.md'),
      '| what | why |\n| --- | --- |\n| `Category.alias` | It was a guess. |\n',
    )
    expect((await diff()).stdout).toContain(
      "\n  - Category.alias: Field 'alias' was removed from object type 'Category', since: It was a guess.",
    )
  })

  it('-- --release makes the current schema the released one, and needs no reasons any more', async () => {
    await dropField()
    expect(await diff('--release')).toMatchObject({ code: 1 })
    await change('schema.changes.md', /$/, '| `Category.alias` | It was a guess. |\n')
    expect(await diff('--release')).toMatchObject({ code: 0 })
    expect(await read('schema.released.graphql')).toBe(await read('schema.graphql'))
    expect(await read('schema.changes.md')).toBe('| what | why |\n| --- | --- |\n')
    expect((await diff()).stdout).toBe('schema.graphql is compatible with the released schema; 0 changes harm nobody.')
  })
})

const nothing: Compatibility = { violations: [], excused: [], dangerous: [], harmless: 0, broken: [] }

/** The changes of a type between a release and now. */
function compared(released: string, current: string, { reasons = {}, today = '2027-01-01' } = {}) {
  const whole = (text: string) => buildSchema(`type Query { shelf: Shelf by(of: By): By } ${text}`)
  return compatibility({
    released: whole(released),
    current: whole(current),
    reasons: new Map(Object.entries(reasons)),
    today,
  })
}

describe('a change of the contract', () => {
  const rest = 'enum By { NAME } type Shelf { id: ID }'
  const reason = (day: string) => `@deprecated(reason: "Use id; removed after ${day}")`

  it.each([
    ['a field that is gone', 'enum By { NAME } type Shelf { id: ID no: Int }', 'Shelf.no'],
    ['a value that is gone', 'enum By { NAME NO } type Shelf { id: ID }', 'By.NO'],
    ['a type that is gone', `${rest} type Box { id: ID }`, 'Box'],
    ['a field that may be null now', 'enum By { NAME } type Shelf { id: ID! }', 'Shelf.id'],
    ['an argument that is gone', 'enum By { NAME } type Shelf { id(of: Int): ID }', 'Shelf.id.of'],
  ])('breaks clients: %s', async (_what, released, path) => {
    const { violations, broken, ...others } = await compared(released, rest)
    expect(violations).toEqual([expect.stringContaining(`${path}: `)])
    expect(broken).toContain(path)
    expect(others).toEqual({ excused: [], dangerous: [], harmless: 0 })
    const { excused, broken: _, ...none } = await compared(released, rest, { reasons: { [path]: 'It was wrong' } })
    expect(excused).toEqual([expect.stringMatching(new RegExp(`^${path}: .*, since: It was wrong$`))])
    expect(none).toEqual({ violations: [], dangerous: [], harmless: 0 })
  })

  it('that may surprise clients is reported, and passes', async () => {
    const found = await compared(rest, 'enum By { NAME DATE } type Shelf { id: ID }')
    expect(found).toEqual({ ...nothing, dangerous: [expect.stringContaining('By.DATE: ')] })
  })

  it('is harmless where a field costs more', async () => {
    const cost = 'directive @cost(weight: Int) on FIELD_DEFINITION enum By { NAME } type Shelf { id: ID'
    const found = await compared(`${cost} @cost(weight: 1) }`, `${cost} @cost(weight: 2) }`)
    expect(found).toMatchObject({ ...nothing, harmless: expect.any(Number) })
  })

  it('that removes a promised field waits for the day, with any reason', async () => {
    const released = `enum By { NAME OLD ${reason('2027-06-30')} } type Shelf { id: ID old: Int ${reason('2027-06-30')} }`
    const reasons = { 'Shelf.old': 'We cannot wait', 'By.OLD': 'We cannot wait' }
    const early = await compared(released, rest, { reasons, today: '2027-06-30' })
    expect(early.violations).toEqual([
      expect.stringMatching(/^By\.OLD: .*, which is promised until 2027-06-30$/),
      expect.stringMatching(/^Shelf\.old: .*, which is promised until 2027-06-30$/),
    ])
    const late = await compared(released, rest, { today: '2027-07-01' })
    expect(late.violations).toEqual([])
    expect(late.excused).toEqual([
      expect.stringMatching(/^By\.OLD: .*, which was promised until 2027-06-30$/),
      expect.stringMatching(/^Shelf\.old: .*, which was promised until 2027-06-30$/),
    ])
  })

  it('does not shorten a promise', async () => {
    const until = (day: string) => `enum By { NAME } type Shelf { id: ID old: Int ${reason(day)} }`
    const { violations } = await compared(until('2027-06-30'), until('2027-03-31'))
    expect(violations).toEqual(['Shelf.old: it is promised until 2027-06-30, and now until 2027-03-31 only'])
    expect((await compared(until('2027-06-30'), until('2027-12-31'))).violations).toEqual([])
  })

  it.each(['Use id', 'Use id; removed after summer', 'Use id; removed after 2027-02-30'])(
    'does not deprecate with "%s", which says no day',
    async (words) => {
      const current = `enum By { NAME } type Shelf { id(of: Int @deprecated(reason: "${words}")): ID }`
      const { violations } = await compared('enum By { NAME } type Shelf { id(of: Int): ID }', current)
      expect(violations).toEqual([
        'Shelf.id.of: its deprecation does not say until when it stays, such as "removed after 2027-06-30"',
      ])
    },
  )
})

describe('schema.changes.md', () => {
  const table = (row: string) => `# Changes\n\n| what | why |\n| --- | --- |\n${row}\n`

  it('has a reason for each path', () => {
    expect(reasonsIn(table('| `Order.total` | It was wrong. |'))).toEqual(new Map([['Order.total', 'It was wrong.']]))
    expect(reasonsIn(table(''))).toEqual(new Map())
  })

  it.each(['| Order.total | It was wrong. |', '| `Order.total` | |', '| `Order.total` | It was | wrong. |'])(
    'is not understood with the line "%s"',
    (row) => {
      expect(() => reasonsIn(table(row))).toThrow(`| reason |":\n\n${row}`)
    },
  )
})
