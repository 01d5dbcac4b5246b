import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { z } from 'zod'
import { settings } from '../../src/platform/config/settings.ts'
import { read, root } from './support/manifests.ts'

// Its commands need root or Docker. `npm run deploy:local` takes the same steps; here the words are held against the files.
const [, section = ''] = /^## From nothing to two replicas$([\s\S]*?)^## /m.exec(read('docs/operations.md')) ?? []
const compose = z
  .object({
    name: z.string(),
    services: z.record(z.string(), z.unknown()),
    networks: z.record(z.string(), z.unknown()),
  })
  .parse(parse(read('deploy/compose.yaml'), { merge: true }))

describe('“From nothing to two replicas” in docs/operations.md', () => {
  it('names files of deploy/ that exist, or that deploy/make-secrets writes', () => {
    const paths = new Set(section.match(/\bdeploy\/[\w./*-]*\w/g))
    expect(paths.size).toBeGreaterThan(8)
    const written = [...paths].filter((path) => path.startsWith('deploy/secrets/'))
    for (const path of written)
      expect(read('deploy/make-secrets')).toContain(path.split('/').pop()?.replace('*', 'server'))
    expect([...paths].filter((path) => !path.startsWith('deploy/secrets') && !existsSync(join(root, path)))).toEqual([])
    for (const [, file = ''] of section.matchAll(/`([a-z.-]+\.yaml)`/g))
      expect(existsSync(join(root, 'deploy/kubernetes', file)), file).toBe(true)
  })

  it('names services and networks of deploy/compose.yaml, and scripts of package.json', () => {
    const named = [...section.matchAll(/(?:--wait|--rm) ([a-z0-9-]+)$/gm)].map(([, name = '']) => name)
    expect(named).toEqual(['migrate', 'replica-1', 'replica-2'])
    for (const name of named) expect(compose.services).toHaveProperty(name)
    for (const [, network = ''] of section.matchAll(new RegExp(`\`${compose.name}_(\\w+)\``, 'g')))
      expect(compose.networks).toHaveProperty(network)
    const { scripts } = z.object({ scripts: z.record(z.string(), z.string()) }).parse(JSON.parse(read('package.json')))
    for (const [, script = ''] of section.matchAll(/npm run ([\w:]+)/g)) expect(scripts).toHaveProperty(script)
    expect(section).toContain(scripts.start)
  })

  it('sets settings of the server, and what the balancer reads', () => {
    const given = [...section.matchAll(/\b([A-Z][A-Z0-9_]+)=/g)].map(([, name = '']) => name)
    const known = [
      ...Object.keys(settings),
      'PATH',
      ...read('deploy/haproxy/haproxy.cfg').matchAll(/\$\{(\w+)\}/g),
    ].flatMap((name) => (typeof name === 'string' ? name : (name[1] ?? '')))
    expect(given.length).toBeGreaterThan(10)
    expect(given.filter((name) => !known.includes(name) && name !== 'TimeoutStopSec')).toEqual([])
  })

  it('changes what deploy/pgbouncer/pgbouncer.ini has', () => {
    const changed = [...section.matchAll(/-e 's([/|])(.+?)\1/g)].map(([, , pattern = '']) => pattern)
    expect(changed).toHaveLength(3)
    for (const pattern of changed) expect(read('deploy/pgbouncer/pgbouncer.ini')).toMatch(new RegExp(pattern))
  })
})
