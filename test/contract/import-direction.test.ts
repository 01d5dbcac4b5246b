import { readFile } from 'node:fs/promises'
import { isBuiltin } from 'node:module'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import {
  type Import,
  importsOf,
  lineAt,
  repository,
  runtimeImportsOf,
  type Source,
  sourcesOf,
} from './support/sources.ts'

/** Each imports what stands before it, and itself; never what stands after it. */
const floors = [
  'src/generated/',
  'src/platform/',
  'src/commerce/',
  'src/schema.ts',
  'prisma/',
  'src/app.ts',
  'src/startup-message.ts',
  'src/serve.ts',
  'src/main.ts',
]

/** What only a shop speaks of. "Catalogue" and "order" have other meanings too, so the first is left out. */
const domainWords =
  /products?(?!ion)|customer|supplier|carrier|shipment|invoice|payment|freight|sku\b|\bshops?\b|commerce|northwind/i
/** An order as a thing, not as a way to sort: in a name, an id, or quoted. */
const orderAsThing = /(?<!['"`.\w])[Oo]rders?(?!By)[A-Z]|['"`.][Oo]rders?\b(?!\s)|\border_\w/

const packageJson = z.object({
  dependencies: z.record(z.string(), z.string()),
  optionalDependencies: z.record(z.string(), z.string()),
})

let sources: Source[]
let imports: Import[]
beforeAll(async () => {
  sources = await sourcesOf('src')
  imports = sources.flatMap(importsOf)
})

describe('the sources', () => {
  it('are found, and so are their imports', () => {
    expect(sources.length).toBeGreaterThan(50)
    expect(imports.length).toBeGreaterThan(sources.length)
    expect(sources.filter(({ path }) => floorOf(path) < 0)).toEqual([])
    const paths = sources.map(({ path }) => path)
    const inside = imports.map(({ to }) => to).filter((to) => /^src\/(?!generated\/)/.test(to))
    expect(paths).toEqual(expect.arrayContaining(inside))
  })

  it('import downwards only: main, serve, door, prisma/demo, schema, commerce, platform, the generated client', () => {
    const upwards = imports.filter(({ from, to }) => isFile(to) && !(floorOf(to) >= 0 && floorOf(to) <= floorOf(from)))
    expect(upwards.map(shown)).toEqual([])
  })

  it('import prisma/ in door and serve only', () => {
    const importers = imports.filter(({ to }) => to.startsWith('prisma/')).map(({ from }) => from)
    expect(importers.filter((path) => path !== 'src/app.ts' && path !== 'src/serve.ts')).toEqual([])
  })

  it('import Node and the dependencies of package.json, of which none is for development', async () => {
    const { dependencies, optionalDependencies } = packageJson.parse(
      JSON.parse(await readFile(join(repository, 'package.json'), 'utf8')),
    )
    const known = { ...dependencies, ...optionalDependencies }
    const unknown = imports.filter(({ to }) => !isFile(to) && !isBuiltin(to) && !Object.hasOwn(known, packageOf(to)))
    expect(unknown.map(shown)).toEqual([])
  })

  it('never import each other in a circle at run time', () => {
    const graph = new Map(sources.map((source) => [source.path, runtimeImportsOf(source).map(({ to }) => to)]))
    expect([...graph.keys()].map((path) => circleFrom(path, graph)).filter((circle) => circle !== undefined)).toEqual(
      [],
    )
  })

  it('read process.env in the config alone', () => {
    const readers = sources.filter(({ text }) => /process\s*\.\s*env|\benv\b[^\n]*['"](?:node:)?process['"]/.test(text))
    expect(readers.map(({ path }) => path)).toEqual(['src/platform/config/config.ts'])
  })

  it('hold the driver and the client of the database in src/platform/ alone', () => {
    const drivers = /^(?:pg|@prisma\/.*)$/
    // The states that the models know are the domain's own words.
    const reaching = imports.filter(
      ({ to }) => drivers.test(to) || (to.startsWith('src/generated/') && to !== 'src/generated/prisma/enums.ts'),
    )
    expect(reaching.filter(({ from }) => !from.startsWith('src/platform/')).map(shown)).toEqual([])
    expect(reaching.length).toBeGreaterThan(0)
  })
})

describe('the platform', () => {
  it.each([
    ['a domain word', domainWords],
    ['an order', orderAsThing],
  ])('speaks of no shop: not with %s', (_what, words) => {
    const platform = sources.filter(({ path }) => path.startsWith('src/platform/'))
    expect(platform.flatMap((source) => wordsIn(source, words))).toEqual([])
  })

  it('is tested for words that the commerce files do use', () => {
    const commerce = sources.filter(({ path }) => path.startsWith('src/commerce/'))
    expect(commerce.flatMap((source) => wordsIn(source, domainWords)).length).toBeGreaterThan(100)
    expect(commerce.flatMap((source) => wordsIn(source, orderAsThing)).length).toBeGreaterThan(20)
  })
})

function floorOf(path: string): number {
  return floors.findIndex((floor) => path === floor || (floor.endsWith('/') && path.startsWith(floor)))
}

/** Relative imports end in `.ts` here; packages do not. */
function isFile(target: string): boolean {
  return target.endsWith('.ts')
}

function packageOf(specifier: string): string {
  return specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/')
}

function shown({ from, line, to }: Import): string {
  return `${from}:${line} imports ${to}`
}

function wordsIn({ path, text }: Source, words: RegExp): string[] {
  return [...text.matchAll(new RegExp(words, `${words.flags}g`))].map(
    (found) => `${path}:${lineAt(text, found.index)} says "${found[0]}"`,
  )
}

/** A way from a file back to itself. */
function circleFrom(start: string, graph: Map<string, string[]>): string | undefined {
  const seen = new Set<string>()
  const waiting = (graph.get(start) ?? []).map((next) => [start, next])
  for (let way = waiting.pop(); way; way = waiting.pop()) {
    const at = way.at(-1) ?? ''
    if (at === start) return way.join(' -> ')
    if (seen.has(at)) continue
    seen.add(at)
    for (const next of graph.get(at) ?? []) waiting.push([...way, next])
  }
  return undefined
}
