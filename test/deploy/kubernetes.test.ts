import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { settings } from '../../src/platform/config/settings.ts'
import { createWorld, type World } from '../support/world.ts'
import { type Manifest, manifest, manifests, read, root } from './support/manifests.ts'

// No cluster runs here. The objects are held against the published types of Kubernetes' API, the server and each other.
/** The types of kubernetes-types, by kind. */
const types = {
  ConfigMap: 'core/v1',
  Deployment: 'apps/v1',
  HorizontalPodAutoscaler: 'autoscaling/v2',
  Ingress: 'networking/v1',
  Job: 'batch/v1',
  Namespace: 'core/v1',
  NetworkPolicy: 'networking/v1',
  PodDisruptionBudget: 'policy/v1',
  Secret: 'core/v1',
  Service: 'core/v1',
}
const labels = z.record(z.string(), z.string())
const strings = z.record(z.string(), z.string())
const port = z.object({ name: z.string(), containerPort: z.number() })
const probe = z.object({
  httpGet: z.object({ path: z.string(), port: z.string() }),
  periodSeconds: z.number(),
  failureThreshold: z.number(),
})
const container = z.looseObject({
  image: z.string(),
  command: z.array(z.string()).optional(),
  ports: z.array(port).default([]),
  envFrom: z.array(z.object({ configMapRef: z.object({ name: z.string() }) })),
  env: z.array(
    z.object({
      name: z.string(),
      valueFrom: z.object({ secretKeyRef: z.looseObject({ name: z.string(), key: z.string() }) }),
    }),
  ),
  securityContext: z.looseObject({
    readOnlyRootFilesystem: z.literal(true),
    allowPrivilegeEscalation: z.literal(false),
  }),
})
const pod = z.looseObject({
  metadata: z.object({ labels }),
  spec: z.looseObject({
    terminationGracePeriodSeconds: z.number().optional(),
    securityContext: z.looseObject({ runAsNonRoot: z.literal(true), runAsUser: z.number() }),
    containers: z.tuple([container]),
  }),
})
const workload = z.object({ spec: z.looseObject({ template: pod }) })
const selecting = z.object({ spec: z.looseObject({ selector: z.object({ matchLabels: labels }) }) })
const policy = z.object({ spec: z.looseObject({ podSelector: z.object({ matchLabels: labels }) }) })

const deployment = manifest('Deployment', 'frontdoor', workload).spec.template
const job = manifest('Job', 'frontdoor-migrate', workload).spec.template
const [server] = deployment.spec.containers
const [migration] = job.spec.containers
const configured = manifest('ConfigMap', 'frontdoor', z.object({ data: strings })).data
const kustomization = manifests.find(({ kind }) => kind === 'Kustomization')
const kustomized = z
  .looseObject({
    resources: z.array(z.string()),
    images: z.tuple([z.object({ name: z.string(), newTag: z.string() })]),
    namespace: z.string(),
    labels: z.tuple([z.looseObject({ pairs: labels })]),
  })
  .parse(kustomization)

let world: World
beforeAll(async () => {
  world = await createWorld({ env: { METRICS_PORT: '0' } })
})
afterAll(() => world.close())

describe('deploy/kubernetes', () => {
  it('has objects as the types of Kubernetes’ API say, without a name that they do not know', () => {
    const objects = manifests.filter(({ kind }) => kind !== 'Kustomization')
    expect(typeErrors(objects)).toBe('')
    const [wrong] = objects.filter(({ kind }) => kind === 'Deployment')
    expect(typeErrors([{ ...wrong, spec: { replica: 2 } } as Manifest])).toContain(`'"replica"' does not exist`)
  })

  it('is applied whole by kustomization.yaml, but for the example of secrets', () => {
    const files = new Set(manifests.map(({ file }) => file))
    expect([...kustomized.resources, 'kustomization.yaml', 'secrets.example.yaml'].sort()).toEqual([...files].sort())
    expect(manifests.some(({ kind, file }) => kind === 'Secret' && file !== 'secrets.example.yaml')).toBe(false)
    expect(manifest('Namespace', kustomized.namespace, z.object({ kind: z.string() }))).toBeDefined()
  })

  it('runs the image of this version', () => {
    const { version } = z.object({ version: z.string() }).parse(JSON.parse(read('package.json')))
    expect(kustomized.images).toEqual([{ name: server.image, newTag: version }])
    expect(migration.image).toBe(server.image)
  })

  it('sets only settings of the server, which with the secrets suffice in production', () => {
    const used = [server, migration].flatMap(({ env }) => env.map(({ name }) => name))
    const names = [...Object.keys(configured), ...used]
    expect(names.filter((name) => !Object.hasOwn(settings, name))).toEqual([])
    for (const each of [server, migration]) {
      expect(each.envFrom).toEqual([{ configMapRef: { name: 'frontdoor' } }])
      for (const { name, valueFrom } of each.env) expect(valueFrom.secretKeyRef.key).toBe(name)
      const given = [...Object.keys(configured), ...each.env.map(({ name }) => name)]
      expect(given).toEqual(expect.arrayContaining(['DATABASE_URL', 'CURSOR_SECRET', 'S3_ACCESS_KEY_ID']))
    }
    for (const [name, value] of Object.entries(configured))
      expect(settings[name as keyof typeof settings].safeParse(value).success, name).toBe(true)
  })

  it('shows in the example of secrets exactly the keys that are read, and gives the owner role to migrations only', () => {
    const read = new Set([server, migration].flatMap(({ env }) => env.map(refOf)))
    const shown = manifests
      .filter(({ kind }) => kind === 'Secret')
      .map((each) => z.object({ metadata: z.object({ name: z.string() }), stringData: strings }).parse(each))
      .flatMap(({ metadata, stringData }) => Object.keys(stringData).map((key) => `${metadata.name}/${key}`))
    expect(new Set(shown)).toEqual(read)
    expect(server.env.map(refOf).filter((ref) => ref.startsWith('frontdoor-owner/'))).toEqual([])
    expect(migration.env.map(refOf)).toContain('frontdoor-owner/MIGRATE_DATABASE_URL')
  })

  it('has the ports of the server, of which metrics are no part of the Service', () => {
    expect(server.ports).toEqual([
      { name: 'http', containerPort: settings.PORT.parse(undefined) },
      { name: 'metrics', containerPort: Number(configured.METRICS_PORT) },
    ])
    const ports = z.array(z.object({ targetPort: z.string() }))
    const service = manifest(
      'Service',
      'frontdoor',
      z.object({ spec: z.looseObject({ selector: labels, ports }) }),
    ).spec
    expect(service.ports.map(({ targetPort }) => targetPort)).toEqual(['http'])
    expect(deployment.metadata.labels).toMatchObject(service.selector)
    const text = read('deploy/kubernetes/network-policy.yaml')
    expect([...text.matchAll(/port: ([a-z]+)/g)].map(([, name]) => name)).toEqual(['http', 'metrics'])
    expect(read('deploy/kubernetes/ingress.yaml')).toMatch(/name: frontdoor\n +port: \{ name: http \}/)
  })

  it.each(['startupProbe', 'livenessProbe', 'readinessProbe'])('has a %s on a path of the server', async (name) => {
    const { httpGet } = probe.parse(server[name])
    expect(httpGet.port).toBe('http')
    expect(httpGet.path).toBe(name === 'readinessProbe' ? '/readyz' : '/healthz')
    expect((await fetch(`${world.url}${httpGet.path}`)).status).toBe(200)
  })

  it('lets a Pod drain before it is killed, and readiness fail before the port closes', () => {
    const [delay, timeout] = [Number(configured.DRAIN_DELAY_MS), Number(configured.DRAIN_TIMEOUT_MS)]
    // A preStop would come on top of the delay.
    expect(server).not.toHaveProperty('lifecycle')
    expect((deployment.spec.terminationGracePeriodSeconds ?? 30) * 1000).toBeGreaterThan(delay + timeout)
    const { periodSeconds, failureThreshold } = probe.parse(server.readinessProbe)
    expect(periodSeconds * failureThreshold * 1000).toBeLessThanOrEqual(delay)
  })

  it('selects its Pods by their labels', () => {
    for (const kind of ['Deployment', 'PodDisruptionBudget'])
      expect(deployment.metadata.labels).toEqual(manifest(kind, 'frontdoor', selecting).spec.selector.matchLabels)
    expect(manifest('NetworkPolicy', 'frontdoor', policy).spec.podSelector.matchLabels).toEqual(
      deployment.metadata.labels,
    )
    expect(manifest('NetworkPolicy', 'frontdoor-migrate', policy).spec.podSelector.matchLabels).toEqual(
      job.metadata.labels,
    )
    expect(job.metadata.labels).not.toEqual(deployment.metadata.labels)
    for (const each of [deployment, job]) expect(each.metadata.labels).toMatchObject(kustomized.labels[0].pairs)
    const target = z.object({
      spec: z.looseObject({
        scaleTargetRef: z.object({ apiVersion: z.string(), kind: z.string(), name: z.string() }),
        minReplicas: z.number(),
      }),
    })
    const { scaleTargetRef, minReplicas } = manifest('HorizontalPodAutoscaler', 'frontdoor', target).spec
    expect(scaleTargetRef).toEqual({ apiVersion: 'apps/v1', kind: 'Deployment', name: 'frontdoor' })
    expect(minReplicas).toBe(2)
  })

  it('migrates with the command of package.json, as the user of the image', () => {
    const { scripts } = z.object({ scripts: strings }).parse(JSON.parse(read('package.json')))
    expect(migration.command?.join(' ')).toBe(scripts.migrate)
    // The image's `node` is user 1000; Kubernetes cannot tell from a name that it is not root.
    expect(read('Dockerfile')).toMatch(/^USER node$/m)
    for (const { spec } of [deployment, job]) expect(spec.securityContext.runAsUser).toBe(1000)
  })
})

function refOf({
  valueFrom: { secretKeyRef },
}: {
  valueFrom: { secretKeyRef: { name: string; key: string } }
}): string {
  return `${secretKeyRef.name}/${secretKeyRef.key}`
}

/** What TypeScript says of the objects as literals of their published types, which may have no further properties. */
function typeErrors(objects: readonly Manifest[]): string {
  const folder = mkdtempSync(join(root, 'node_modules/.kubernetes-'))
  try {
    const lines = objects.map(({ file: _file, ...each }, at) => {
      const path = z.string().parse(Object.entries(types).find(([kind]) => kind === each.kind)?.[1])
      return `import type { ${each.kind} as Type${at} } from 'kubernetes-types/${path}'
export const object${at}: Type${at} = ${JSON.stringify(each)}`
    })
    writeFileSync(join(folder, 'objects.ts'), lines.join('\n'))
    const compilerOptions = {
      strict: true,
      noEmit: true,
      skipLibCheck: true,
      module: 'esnext',
      moduleResolution: 'bundler',
      types: [],
    }
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['objects.ts'] }))
    const { status, stdout } = spawnSync(
      process.execPath,
      [join(root, 'node_modules/typescript/bin/tsc'), '-p', folder],
      { encoding: 'utf8' },
    )
    return status === 0 ? '' : stdout
  } finally {
    rmSync(folder, { recursive: true })
  }
}
