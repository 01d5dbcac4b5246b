import { readFile } from 'node:fs/promises'
import { isBuiltin } from 'node:module'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { domain } from '../../src/schema.ts'
import { type Import, importsOf, repository, type Source, sourcesOf } from './support/sources.ts'

const packageJson = z.object({
  dependencies: z.record(z.string(), z.string()),
  optionalDependencies: z.record(z.string(), z.string()),
})

let sources: Source[]
let imports: Import[]
/** The rooms of docs/architecture.md, from the top down. Each imports itself and the rooms below it. */
let rooms: string[]

beforeAll(async () => {
  sources = await sourcesOf('src')
  imports = sources.flatMap(importsOf)
  const page = await readFile(join(repository, 'docs/architecture.md'), 'utf8')
  rooms = [...page.matchAll(/^\| `((?:src|prisma)\/[\w./-]*)` \|/gm)].map(([, room = '']) => room)
})

describe('the sources', () => {
  it('are found, and so are their imports', () => {
    expect(sources.length).toBeGreaterThan(50)
    expect(imports.length).toBeGreaterThan(sources.length)
    const paths = sources.map(({ path }) => path)
    const inside = imports.map(({ to }) => to).filter((to) => /^src\/(?!generated\/)/.test(to))
    expect(paths).toEqual(expect.arrayContaining(inside))
  })

  it('stand in the rooms of docs/architecture.md, and in no others', async () => {
    expect(new Set(rooms).size).toBe(rooms.length)
    expect(sources.filter(({ path }) => roomOf(path) < 0)).toEqual([])
    const empty = rooms.filter((room) => !/^(prisma|src\/generated)\//.test(room) && !sources.some(isIn(room)))
    expect(empty).toEqual([])
  })

  it('import downwards only, types included', () => {
    expect(imports.filter(isUpward).map(shown)).toEqual([])
  })

  it('import each other in no circle, types included, file by file', () => {
    expect(circlesIn(fileGraph(imports))).toEqual([])
  })

  it('import each other in no circle, types included, folder by folder', () => {
    expect(circlesIn(folderGraph(imports))).toEqual([])
  })

  it.each([
    ['a circle of two files', 'src/platform/config/config.ts', 'src/platform/config/whole-number.ts'],
    ['a circle of two folders', 'src/platform/config/config.ts', 'src/platform/http/listener.ts'],
    ['an import that runs up', 'src/platform/errors.ts', `src/${domain.name}/access.ts`],
  ])('fail this test with %s made on purpose', (_what, from, to) => {
    const back = { from: to, line: 1, to: from }
    const made = [...imports, { from, line: 1, to }, ...(to.startsWith(`src/${domain.name}/`) ? [] : [back])]
    const upward = made.filter(isUpward).length
    const circles = circlesIn(fileGraph(made)).length + circlesIn(folderGraph(made)).length
    expect(upward + circles).toBeGreaterThan(0)
  })

  it('import prisma/ in the demo of a domain only', () => {
    const importers = imports.filter(({ to }) => to.startsWith('prisma/')).map(({ from }) => from)
    expect(importers.filter((path) => !/^src\/(?!platform)[\w-]+\/demo\.ts$/.test(path))).toEqual([])
  })

  it('import Node and the dependencies of package.json, of which none is for development', async () => {
    const { dependencies, optionalDependencies } = packageJson.parse(
      JSON.parse(await readFile(join(repository, 'package.json'), 'utf8')),
    )
    const known = { ...dependencies, ...optionalDependencies }
    const unknown = imports.filter(({ to }) => !isFile(to) && !isBuiltin(to) && !Object.hasOwn(known, packageOf(to)))
    expect(unknown.map(shown)).toEqual([])
  })

  it('read process.env in the config alone', () => {
    const readers = sources.filter(({ text }) => /process\s*\.\s*env|\benv\b[^\n]*['"](?:node:)?process['"]/.test(text))
    expect(readers.map(({ path }) => path)).toEqual(['src/platform/config/config.ts'])
  })

  it('hold the driver and the client of the database in src/platform/ alone', () => {
    const drivers = /^(?:pg|@prisma\/.*)$/
    // The enums of the models are the domain's own words.
    const reaching = imports.filter(
      ({ to }) => drivers.test(to) || (to.startsWith('src/generated/') && to !== 'src/generated/prisma/enums.ts'),
    )
    expect(reaching.filter(({ from }) => !from.startsWith('src/platform/')).map(shown)).toEqual([])
    expect(reaching.length).toBeGreaterThan(0)
  })
})

/** The position of a file's room, from the top down; -1 for a file in no room. */
function roomOf(path: string): number {
  return rooms.findIndex((room) => isIn(room)({ path }))
}

function isIn(room: string): (source: { path: string }) => boolean {
  return ({ path }) => path === room || (room.endsWith('/') && path.startsWith(room))
}

function isUpward({ from, to }: Import): boolean {
  return isFile(to) && !(roomOf(to) >= roomOf(from))
}

type Graph = Map<string, Set<string>>

function fileGraph(all: Import[]): Graph {
  return graphOf(all.map(({ from, to }) => [from, to]))
}

/** Rooms of the platform and of the domain. A folder inside a room is a part of it. */
function folderGraph(all: Import[]): Graph {
  const folderOf = (path: string) => /^src\/[\w-]+\/[\w-]+(?=\/)/.exec(path)?.[0] ?? path
  return graphOf(all.map(({ from, to }) => [folderOf(from), folderOf(to)]))
}

function graphOf(edges: [from: string, to: string][]): Graph {
  const graph: Graph = new Map()
  for (const [from, to] of edges) {
    if (from === to) continue
    graph.set(from, (graph.get(from) ?? new Set()).add(to))
  }
  return graph
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

/** For each node on a circle, one way from it back to itself. */
function circlesIn(graph: Graph): string[] {
  return [...graph.keys()].flatMap((start) => circleFrom(start, graph) ?? [])
}

function circleFrom(start: string, graph: Graph): string | undefined {
  const seen = new Set<string>()
  const waiting = [...(graph.get(start) ?? [])].map((next) => [start, next])
  for (let way = waiting.pop(); way; way = waiting.pop()) {
    const last = way.at(-1) ?? ''
    if (last === start) return way.join(' -> ')
    if (seen.has(last)) continue
    seen.add(last)
    for (const next of graph.get(last) ?? []) waiting.push([...way, next])
  }
  return undefined
}
