import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { collectDefaultMetrics } from 'prom-client'
import { beforeAll, describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { z } from 'zod'
import { Metrics } from '../../src/platform/observability/metrics.ts'

const repository = join(import.meta.dirname, '../..')
const read = (path: string) => readFile(join(repository, path), 'utf8')

const rules = z.strictObject({
  groups: z.array(
    z.strictObject({
      name: z.string(),
      rules: z.array(
        z.strictObject({
          alert: z.string().regex(/^Frontdoor[A-Z]\w+$/),
          expr: z.string(),
          for: z
            .string()
            .regex(/^\d+m$/)
            .optional(),
          labels: z.strictObject({ severity: z.enum(['critical', 'warning']) }),
          annotations: z.strictObject({ summary: z.string(), runbook_url: z.string() }),
        }),
      ),
    }),
  ),
})
const dashboard = z.object({
  title: z.literal('Frontdoor'),
  schemaVersion: z.int(),
  templating: z.object({ list: z.array(z.looseObject({ name: z.string(), type: z.string() })) }),
  panels: z.array(
    z.object({
      id: z.int(),
      type: z.enum(['row', 'timeseries']),
      title: z.string(),
      datasource: z.unknown().optional(),
      targets: z.array(z.object({ datasource: z.unknown(), expr: z.string(), legendFormat: z.string() })).optional(),
    }),
  ),
})

/** Labels by series, as Prometheus reads them. */
const series = new Map<string, readonly string[]>()
let alerts: z.infer<typeof rules>['groups'][number]['rules']
let board: z.infer<typeof dashboard>

beforeAll(async () => {
  const { registry } = new Metrics()
  collectDefaultMetrics({ register: registry })
  const metric = z.object({ name: z.string(), type: z.string(), labelNames: z.array(z.string()).optional() })
  for (const each of registry.getMetricsAsArray()) {
    const { name, type, labelNames = [] } = metric.parse(each)
    const labels = [...labelNames, 'instance', 'job']
    // https://prometheus.io/docs/concepts/metric_types/#histogram
    if (type === 'histogram') {
      series.set(`${name}_bucket`, [...labels, 'le'])
      series.set(`${name}_sum`, labels).set(`${name}_count`, labels)
    } else series.set(name, labels)
  }
  alerts = rules.parse(parse(await read('deploy/prometheus/alerts.yaml'))).groups.flatMap((group) => group.rules)
  board = dashboard.parse(JSON.parse(await read('deploy/grafana/frontdoor.json')))
})

/** The series that an expression names, with the labels that it asks of them. */
function selectorsIn(expr: string): { name: string; labels: string[] }[] {
  return [...expr.matchAll(/\b((?:frontdoor|nodejs|process)_\w+)(?:\{([^}]*)\})?/g)].map(
    ([, name = '', labels = '']) => ({
      name,
      labels: [...labels.matchAll(/(\w+)\s*(?:=~|!~|!=|=)/g)].map(([, label = '']) => label),
    }),
  )
}

/** The labels that an expression groups by. */
function groupsIn(expr: string): string[] {
  return [...expr.matchAll(/\bby \(([^)]*)\)/g)].flatMap(([, labels = '']) => labels.split(/,\s*/))
}

function faultsOf(expr: string): string[] {
  const selectors = selectorsIn(expr)
  if (selectors.length === 0 && !expr.startsWith('up{')) return [`names no metric: ${expr}`]
  const faults = selectors.flatMap(({ name, labels }) => {
    const known = series.get(name)
    if (!known) return [`no such metric: ${name}`]
    return labels.filter((label) => !known.includes(label)).map((label) => `${name} has no label ${label}`)
  })
  const labels = new Set(selectors.flatMap(({ name }) => series.get(name) ?? []))
  return [
    ...faults,
    ...groupsIn(expr).flatMap((label) => (labels.has(label) ? [] : [`nothing has the label ${label}`])),
  ]
}

describe('the alerts', () => {
  it('name only metrics and labels that the server has', () => {
    expect(alerts.length).toBeGreaterThan(20)
    expect(alerts.flatMap(({ expr }) => faultsOf(expr))).toEqual([])
  })

  it('have each a section in docs/alerts.md, which says what it means and what to do', async () => {
    const [, ...sections] = (await read('docs/alerts.md')).split(/^## /m)
    const named = sections.map((section) => section.split('\n', 1)[0] ?? '')
    expect(named).toEqual(alerts.map(({ alert }) => alert))
    for (const [at, { alert, annotations, labels }] of alerts.entries()) {
      expect(annotations.runbook_url).toBe(`docs/alerts.md#${alert.toLowerCase()}`)
      expect(sections[at]).toContain(`${annotations.summary} (${labels.severity}).`)
      expect(sections[at]).toMatch(/\*\*What it means\.\*\* \S[\s\S]+\*\*What to do\.\*\*\n\n1\. \S/)
    }
  })
})

describe('the dashboard', () => {
  it('names only metrics and labels that the server has', () => {
    const exprs = board.panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr))
    expect(exprs.length).toBeGreaterThan(30)
    expect(exprs.flatMap(faultsOf)).toEqual([])
  })

  it('asks the data source that its user chooses, for the servers that they choose', () => {
    expect(board.templating.list.map(({ name }) => name)).toEqual(['datasource', 'instance'])
    const panels = board.panels.filter(({ type }) => type !== 'row')
    expect(new Set(board.panels.map(({ id }) => id)).size).toBe(board.panels.length)
    for (const { datasource, targets = [] } of panels) {
      // biome-ignore lint/suspicious/noTemplateCurlyInString: Grafana replaces it.
      expect(datasource).toEqual({ type: 'prometheus', uid: '${datasource}' })
      for (const target of targets) {
        expect(target.datasource).toEqual(datasource)
        expect(target.expr).toContain('instance=~"$instance"')
      }
    }
  })

  it.each([
    ['a metric', 'rate(frontdoor_no_such_total[5m])', ['no such metric: frontdoor_no_such_total']],
    [
      'the series of a histogram',
      'frontdoor_operation_duration_seconds',
      ['no such metric: frontdoor_operation_duration_seconds'],
    ],
    ['a label', 'frontdoor_ready{pool="x"}', ['frontdoor_ready has no label pool']],
    ['a group', 'sum by (person) (frontdoor_ready)', ['nothing has the label person']],
  ])('would fail this test with %s that there is not', (_what, expr, faults) => {
    expect(faultsOf(expr)).toEqual(faults)
  })
})
