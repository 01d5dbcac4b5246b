import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { events } from '../../scripts/commands/events.ts'
import { eventCompatibility } from '../../scripts/event-compatibility.ts'
import { contractOf } from '../../scripts/event-contract.ts'
import { outcomeOf } from '../../scripts/run-script.ts'
import { everyone } from '../../src/platform/auth/rule.ts'
import type { Topic } from '../../src/platform/events/topic.ts'

const root = join(import.meta.dirname, '../..')
const generated = ['events.schema.json', 'docs/events.md']

describe('npm run events', () => {
  let copy: string
  beforeEach(async () => {
    copy = await mkdtemp(join(tmpdir(), 'frontdoor-events-'))
    await mkdir(join(copy, 'docs'))
    for (const name of generated) await cp(join(root, name), join(copy, name))
    await cp(join(root, 'events.schema.json'), join(copy, 'events.released.json'))
    await writeFile(join(copy, 'schema.changes.md'), '| what | why |\n| --- | --- |\n')
  })
  afterEach(() => rm(copy, { recursive: true, force: true }))

  const run = (...args: string[]) => outcomeOf(events, ['--in', copy, ...args], {})
  const change = async (name: string, from: string, to: string) => {
    const before = await readFile(join(copy, name), 'utf8')
    expect(before).toContain(from)
    await writeFile(join(copy, name), before.replace(from, to))
  }

  it('is a part of npm run check', async () => {
    const scripts = z.object({ scripts: z.object({ check: z.string() }) })
    const { check } = scripts.parse(JSON.parse(await readFile(join(root, 'package.json'), 'utf8'))).scripts
    expect(check.split(' && ')).toContain('npm run -s events -- --check')
  })

  it.each(generated)('fails where %s is not current, and writes it', async (name) => {
    await change(name, 'order.placed', 'order.plaid')
    expect(await run('--check')).toMatchObject({ code: 1, stderr: `\n${name} is not current: npm run events` })
    expect(await run()).toMatchObject({ code: 0 })
    expect(await run('--check')).toMatchObject({ code: 0 })
  })

  it('fails where a payload breaks consumers of the released one, and says what to do', async () => {
    await change('events.released.json', '"number": {', '"docNumber": {')
    expect(await run('--check')).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^ {2}- .*\.docNumber: is gone\n\n.*raise `version` of the topic/ms),
    })
    expect(await run('--release')).toMatchObject({ code: 1 })
  })

  it('makes the current contract the released one', async () => {
    await change('events.released.json', '"order.placed": {', '"order.placed": {\n    "0": {},')
    expect(await run('--release')).toMatchObject({ code: 0 })
    const [current, released] = await Promise.all(
      ['events.schema.json', 'events.released.json'].map((name) => readFile(join(copy, name), 'utf8')),
    )
    expect(released).toBe(current)
  })
})

describe('a change of a payload', () => {
  const id = z.string()
  const topic = (payload: z.ZodRawShape, version = 1): Topic => {
    return {
      name: 'box.opened',
      version,
      about: 'A.',
      aggregate: 'ApiKey',
      seenBy: everyone,
      payload: z.object(payload),
    }
  }
  const compared = (before: z.ZodRawShape, now: z.ZodRawShape, version = 1) =>
    eventCompatibility({
      released: contractOf([topic(before)]),
      current: contractOf([topic(now, version)]),
      reasons: new Map(),
    })
  const nothing = { violations: [], excused: [], dangerous: [] }

  it.each([
    ['a field that is gone', { id, no: id }, { id }, 'no: is gone'],
    ['a field that may be absent', { id }, { id: id.optional() }, 'id: may be absent now'],
    ['a field that may be null', { id }, { id: id.nullable() }, 'id: was string, and may be null now'],
    ['a field of another type', { id }, { id: z.int() }, 'id: was string, and may be integer now'],
    [
      'a whole number that may have a fraction',
      { n: z.int() },
      { n: z.number() },
      'n: was integer, and may be number now',
    ],
    ['a text with another form', { id: z.uuid() }, { id }, 'id: has other rules: format, pattern'],
    ['an enum that may have any value', { id: z.enum(['A']) }, { id }, 'id: was an enum, and may have any value now'],
    [
      'a field within a list',
      { lines: z.array(z.object({ id, n: z.int() })) },
      { lines: z.array(z.object({ id })) },
      'lines[].n: is gone',
    ],
    [
      'a list of other items',
      { all: z.array(id) },
      { all: z.array(z.int()) },
      'all[]: was string, and may be integer now',
    ],
    ['an object that may be null', { of: z.object({ id }) }, { of: z.object({ id }).nullable() }, 'of'],
  ])('breaks consumers: %s, and a new version excuses it', (_what, before, now, sentence) => {
    const { violations, excused, dangerous } = compared(before, now)
    expect(violations.join()).toContain(`box.opened.${sentence}`)
    expect({ excused, dangerous }).toEqual({ excused: [], dangerous: [] })
    const raised = compared(before, now, 2)
    expect(raised.violations).toEqual([])
    expect(raised.excused).toEqual(violations.map((each) => `${each}, in version 2`))
  })

  it.each([
    ['another field', { id }, { id, more: id }],
    ['a field that is never absent any more', { id: id.optional() }, { id }],
    ['a field that is never null any more', { id: id.nullable() }, { id }],
    ['a number that is whole now', { n: z.number().min(0).max(9) }, { n: z.int().min(0).max(9) }],
    ['an enum with a value less', { id: z.enum(['A', 'B']) }, { id: z.enum(['A']) }],
    ['another description', { id }, { id: id.describe('Its id.') }],
  ])('harms nobody: %s', (_what, before, now) => {
    expect(compared(before, now)).toEqual(nothing)
  })

  it('is dangerous where an enum has another value: it is reported, and passes', () => {
    const found = compared({ id: z.enum(['A']) }, { id: z.enum(['A', 'B']) })
    expect(found).toEqual({ ...nothing, dangerous: ['box.opened.id: may be "B" now'] })
  })

  it('does not lower the version', () => {
    const released = contractOf([topic({ id }, 2)])
    const found = eventCompatibility({ released, current: contractOf([topic({ id })]), reasons: new Map() })
    expect(found.violations).toEqual(['box.opened: its version was 2, and is 1 now'])
  })

  it('removes no topic without a reason in schema.changes.md', () => {
    const released = contractOf([topic({ id })])
    const gone = (reasons: [string, string][]) =>
      eventCompatibility({ released, current: {}, reasons: new Map(reasons) })
    expect(gone([])).toEqual({ ...nothing, violations: ['box.opened: the topic is gone'] })
    expect(gone([['EventTopic.BOX_OPENED', 'No boxes.']])).toEqual({
      ...nothing,
      excused: ['box.opened: the topic is gone, since: No boxes.'],
    })
  })
})
