import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { everyStep } from '../../scripts/every-step.ts'
import { isAbsent, type Step } from '../../src/platform/execution/step.ts'
import { repository } from './support/sources.ts'

const folder = join(repository, 'src/platform/execution')

let steps: readonly Step[]
beforeAll(async () => {
  steps = await everyStep()
})

describe('the pipeline', () => {
  it('has the file of every step in one line each, and each step once', async () => {
    const files = (await readdir(join(folder, 'steps'))).map((file) => file.replace('.ts', '')).sort()
    const lines = [...(await readFile(join(folder, 'pipeline.ts'), 'utf8')).matchAll(/from '\.\/steps\/([\w-]+)\.ts'/g)]
    expect(lines.map(([, file]) => file).sort()).toEqual(files)
    expect(steps.map(({ name }) => name.replaceAll(' ', '-')).sort()).toEqual(files)
  })

  it('has for each step a part with hooks on each route, or a reason why there is none', () => {
    expect(steps.length).toBeGreaterThan(15)
    expect(steps.flatMap(gapsOf)).toEqual([])
  })

  it('has no step without a part on either route', () => {
    expect(steps.filter(({ general, fast }) => isAbsent(general) && isAbsent(fast))).toEqual([])
  })
})

describe('a step added to one route only', () => {
  const general: Step['general'] = [{ onExecute() {} }]
  const named = { name: 'example', about: 'An example.' }

  // `npm run check` fails if a line below compiles, because its @ts-expect-error is then unused.
  it('does not compile', () => {
    // @ts-expect-error the part for the fast path is missing
    const generalOnly: Step = { ...named, general }
    // @ts-expect-error the part for the general route is missing
    const fastOnly: Step = { ...named, fast: { onResponse() {} } }
    // @ts-expect-error an absent part has a reason
    const withoutReason: Step = { ...named, general, fast: { absent: true } }
    expect([generalOnly, fastOnly, withoutReason]).toHaveLength(3)
  })

  it.each<[string, Pick<Step, 'general' | 'fast'>, string]>([
    ['an empty part for the fast path', { general, fast: {} }, 'example: no hook on the fast path'],
    [
      'no plugin for the general route',
      { general: [], fast: { onResponse() {} } },
      'example: no hook on the general route',
    ],
    ['an empty plugin', { general: [{}], fast: { onResponse() {} } }, 'example: no hook on the general route'],
    ['an empty reason', { general, fast: { absent: '' } }, 'example: no reason on the fast path'],
  ])('fails this test with %s', (_what, parts, gap) => {
    expect(gapsOf({ ...named, ...parts })).toEqual([gap])
  })
})

/** The parts that a step lacks. */
function gapsOf({ name, general, fast }: Step): string[] {
  const routes = { 'general route': general, 'fast path': fast }
  return Object.entries(routes).flatMap(([route, part]) => {
    if (isAbsent(part)) return part.absent.length > 10 ? [] : [`${name}: no reason on the ${route}`]
    const plugins: readonly object[] = [part].flat()
    const hasHooks = plugins.length > 0 && plugins.every((plugin) => Object.keys(plugin).length > 0)
    return hasHooks ? [] : [`${name}: no hook on the ${route}`]
  })
}
