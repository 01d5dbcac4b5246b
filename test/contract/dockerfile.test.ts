import { existsSync, readFileSync } from 'node:fs'
import { isBuiltin } from 'node:module'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { importsOf, sourcesOf } from './support/sources.ts'

// No image is built here, because the machine may have no Docker. The file is compared with the repository instead.
const root = join(import.meta.dirname, '../..')
const dockerfile = readFileSync(join(root, 'Dockerfile'), 'utf8')
const ignored = readFileSync(join(root, '.dockerignore'), 'utf8').split('\n').filter(Boolean)
const words = z.array(z.string())

const sources = [...dockerfile.matchAll(/^COPY (?!--from)(.+) \S+$/gm)].flatMap(([, paths = '']) => paths.split(' '))
const copied = [...dockerfile.matchAll(/^COPY --from=build \/app\/(\S+) /gm)].map(([, path = '']) => path)
const start = words.parse(JSON.parse(/^CMD (\[.*\])$/m.exec(dockerfile)?.[1] ?? '[]'))

describe('the Dockerfile', () => {
  it.each(sources)('copies %s, which exists and is not ignored', (path) => {
    expect(existsSync(join(root, path))).toBe(true)
    expect(ignored).not.toContain(path)
  })

  it('starts as `npm start` does, from files that the last stage has', () => {
    const { scripts } = z
      .object({ scripts: z.record(z.string(), z.string()) })
      .parse(JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')))
    expect(start.join(' ')).toBe(scripts.start)
    for (const path of start.filter((word) => word.includes('/'))) {
      expect(existsSync(join(root, path))).toBe(true)
      expect(copied.some((folder) => path.replace('./', '').startsWith(`${folder}/`))).toBe(true)
    }
  })

  it('has the packages of the server and of migrations, which are none of those for development', async () => {
    const sources = new Map(
      (await Promise.all(['src', 'scripts', 'prisma'].map(sourcesOf))).flat().map((each) => [each.path, each]),
    )
    const { dependencies } = z
      .object({ dependencies: z.record(z.string(), z.string()) })
      .parse(JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')))
    const reached = new Set(['src/main.ts', 'scripts/migrate.ts'])
    // A set goes on with what is added to it.
    for (const path of reached) for (const { to } of importsOf(sources.get(path) ?? { path, text: '' })) reached.add(to)
    const packages = [...reached].filter(
      (to) => /^[@a-z]/.test(to) && !/^(src|scripts|prisma)\//.test(to) && !isBuiltin(to),
    )
    expect(packages.length).toBeGreaterThan(20)
    const isHere = (to: string) => Object.keys(dependencies).some((name) => to === name || to.startsWith(`${name}/`))
    expect(packages.filter((to) => !isHere(to))).toEqual([])
  })

  it('generates the client with an existing script, before it drops the tools', () => {
    const [, script = ''] = /^RUN node (\S+\.ts) && npm prune --omit=dev/m.exec(dockerfile) ?? []
    expect(existsSync(join(root, script))).toBe(true)
  })

  it('installs nothing of the examples: they have packages of their own', () => {
    const commands = dockerfile.match(/npm (?:ci|prune)[^&\n]*/g) ?? []
    expect(commands).toHaveLength(2)
    expect(JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))).not.toHaveProperty('workspaces')
  })

  it('runs as an ordinary user, in production, with a health check on a path the server answers', () => {
    const last = dockerfile.slice(dockerfile.lastIndexOf('\nFROM '))
    expect(last).toMatch(/^USER node$/m)
    expect(last).toMatch(/^ENV NODE_ENV=production$/m)
    expect(last).toMatch(/HEALTHCHECK[\s\S]*\/healthz/)
  })

  it('uses the Node version of development', () => {
    const { devDependencies } = z
      .object({ devDependencies: z.record(z.string(), z.string()) })
      .parse(JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')))
    const major = devDependencies.node?.split('.')[0]
    expect([...dockerfile.matchAll(/^FROM node:(\d+)-slim/gm)].map(([, version]) => version)).toEqual([major, major])
  })
})
