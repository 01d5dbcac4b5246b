import { readFileSync } from 'node:fs'
import { cpus, totalmem } from 'node:os'
import { join } from 'node:path'
import { z } from 'zod'
import type { Wanted } from './arguments.ts'
import { connectionCounts, type Failure, type Figures, isFailure, type Measured } from './measure.ts'
import { type ContenderName, shapeTitles } from './names.ts'
import type { Spread } from './statistics.ts'
import { table } from './table.ts'

interface Circumstances {
  wanted: Wanted
  pageNumber: number
  tookMs: number
  /** The load average of the minute before. */
  loadBefore: number
}

/** The report in Markdown: a first table, a table of everything, and how it was measured. */
export function writeReport(measured: Measured, circumstances: Circumstances): string {
  return [
    '# Benchmark results',
    '![CPU time per request, by shape and contender](results.svg)',
    [
      'CPU time per request in microseconds, server and database together: the median of the rounds, with the lowest and the',
      'highest, and in brackets server + database. Below it, the ratio to PostGraphile and to hand-written SQL.',
    ].join('\n'),
    totalTable(measured),
    '## All figures',
    [
      'Medians, with half of the difference between the highest and the lowest round. Requests per second and milliseconds at',
      '1, 16 and 64 connections. In brackets: the ratio to PostGraphile; to hand-written SQL.',
    ].join('\n'),
    wholeTable(measured),
    '## How it was measured',
    circumstancesOf(measured, circumstances),
    '',
  ].join('\n\n')
}

/** For programs: medians; rates and p99 at 64 connections. A contender that failed has its failure only. */
export function resultsJson({ outcomes }: Measured): string {
  const shapes = Object.fromEntries(
    [...outcomes].map(([shape, all]) => {
      const own = figuresIn(all)
      const of = (figure: (figures: Figures) => number) =>
        Object.fromEntries([...own].map(([name, figures]) => [name, Math.round(figure(figures) * 100) / 100]))
      const failed = [...all].flatMap(([name, outcome]) =>
        isFailure(outcome) ? [[name, outcome.failure] as const] : [],
      )
      return [
        shape,
        {
          cpuMicros: of(({ cpuMicros }) => cpuMicros.median),
          databaseMicros: of(({ databaseMicros }) => databaseMicros.median),
          totalMicros: of(({ totalMicros }) => totalMicros.median),
          planMicros: of(({ planMicros }) => planMicros),
          rps: of(({ rps }) => rps[64].median),
          p99Ms: of(({ p99Ms }) => p99Ms[64].median),
          statements: of(({ statements }) => statements),
          ...(failed.length > 0 && { failed: Object.fromEntries(failed) }),
        },
      ]
    }),
  )
  return `${JSON.stringify({ shapes }, null, 2)}\n`
}

type Outcomes = ReadonlyMap<ContenderName, Figures | Failure>

function figuresIn(outcomes: Outcomes): ReadonlyMap<ContenderName, Figures> {
  return new Map([...outcomes].flatMap(([name, outcome]) => (isFailure(outcome) ? [] : [[name, outcome] as const])))
}

function totalTable(measured: Measured): string {
  const names = contendersOf(measured)
  const rows = [...measured.outcomes].map(([shape, outcomes]) => {
    const cells = names.map((name) => {
      const own = outcomes.get(name)
      if (!own) return ''
      return isFailure(own) ? own.failure : totalOf(own, figuresIn(outcomes))
    })
    return [shapeTitles[shape], ...cells]
  })
  return table(['shape', ...names], rows)
}

function totalOf(own: Figures, all: ReadonlyMap<ContenderName, Figures>): string {
  const { median, lowest, highest } = own.totalMicros
  const parts = `${whole(own.cpuMicros.median)} + ${whole(own.databaseMicros.median)}`
  return `${whole(median)}, ${whole(lowest)}–${whole(highest)} (${parts})${ratios(own.totalMicros, all)}`
}

/** The two contenders of the comparison. */
const yardsticks = ['postgraphile', 'sql'] as const

function ratios(own: Spread, figures: ReadonlyMap<ContenderName, Figures>): string {
  const parts = yardsticks.flatMap((name) => {
    const other = figures.get(name)?.totalMicros.median
    return other === undefined || other === own.median ? [] : [`${(own.median / other).toFixed(2)} × ${name}`]
  })
  return parts.length === 0 ? '' : `<br>${parts.join('<br>')}`
}

function wholeTable(measured: Measured): string {
  const heads = ['shape', 'contender', ...columns.map(({ title }) => title), 'planning µs', 'statements']
  const rows = [...measured.outcomes].flatMap(([shape, outcomes]) => {
    const all = figuresIn(outcomes)
    return [...outcomes].map(([name, own]) => {
      if (isFailure(own)) return [shapeTitles[shape], name, own.failure, ...heads.slice(3).map(() => '')]
      const cells = columns.map(({ figure, digits }) => {
        const spread = figure(own)
        return `${spread.median.toFixed(digits)}${within(spread)}${againstYardsticks(spread, figure, all)}`
      })
      const statements = String(Math.round(own.statements * 100) / 100)
      return [shapeTitles[shape], name, ...cells, whole(own.planMicros), statements]
    })
  })
  return table(heads, rows)
}

const columns: readonly { title: string; digits: number; figure: (figures: Figures) => Spread }[] = [
  { title: 'server µs', digits: 0, figure: ({ cpuMicros }) => cpuMicros },
  { title: 'database µs', digits: 0, figure: ({ databaseMicros }) => databaseMicros },
  { title: 'total µs', digits: 0, figure: ({ totalMicros }) => totalMicros },
  ...connectionCounts.flatMap((count) => [
    { title: `rate, ${count}`, digits: 0, figure: ({ rps }: Figures) => rps[count] },
    { title: `p50 ms, ${count}`, digits: 1, figure: ({ p50Ms }: Figures) => p50Ms[count] },
    { title: `p99 ms, ${count}`, digits: 1, figure: ({ p99Ms }: Figures) => p99Ms[count] },
  ]),
  { title: 'memory MiB', digits: 0, figure: ({ rssMebibytes }) => rssMebibytes },
]

/** Half of the spread between the lowest and the highest round, in per cent of the median. */
function within({ median, lowest, highest }: Spread): string {
  return ` ±${(((highest - lowest) / 2 / median) * 100).toFixed(0)} %`
}

/** In brackets, as a multiple of PostGraphile and of hand-written SQL. */
function againstYardsticks(
  own: Spread,
  figure: (figures: Figures) => Spread,
  figures: ReadonlyMap<ContenderName, Figures>,
): string {
  const parts = yardsticks.flatMap((name) => {
    const other = figures.get(name)
    return other ? [(own.median / figure(other).median).toFixed(2)] : []
  })
  return parts.length === 0 ? '' : ` (${parts.join('; ')})`
}

function circumstancesOf(
  { databaseCpuSource, rounds }: Measured,
  { wanted, pageNumber, tookMs, loadBefore }: Circumstances,
): string {
  const processor = cpus()[0]?.model.trim() ?? 'unknown'
  return [
    `- ${new Date().toISOString().slice(0, 10)}, \`${wanted.command}\`, ${Math.round(tookMs / 60_000)} minutes;`,
    `  ${wanted.orders} orders, ${roundsOf(rounds, wanted)} of ${wanted.spellMs} ms at ${connectionCounts.join(', ')} connections.`,
    `- CPU times are those at 16 and 64 connections. That of the database comes from ${databaseCpuSource}.`,
    `- The machine: ${cpus().length} × ${processor}, ${Math.round(totalmem() / 2 ** 30)} GiB, ${process.platform} ${process.arch};`,
    '  PostgreSQL and the load run on the same machine, which affects rates and times more than CPU time.',
    `  Load average in the minute before: ${loadBefore.toFixed(1)}.`,
    `- Node ${process.versions.node}; ${versions()}.`,
    `- "A page far down" is page ${pageNumber} of the delivered orders by total; each contender reaches it by its own cursors.`,
    '- Frontdoor runs in production mode with authentication and every rule, limit, log and count switched on. The others',
    '  authenticate nobody, check nothing and log nothing. [README.md](README.md) describes the contenders and the conditions.',
  ].join('\n')
}

function roundsOf(rounds: number, wanted: Wanted): string {
  return rounds === wanted.rounds ? `${rounds} rounds` : `cut off after ${rounds} of ${wanted.rounds} rounds, each`
}

const manifest = z.object({ version: z.string() })

function versions(): string {
  const own = ['graphql-yoga', '@pothos/plugin-prisma', '@prisma/client', 'graphql']
  return [
    ...own.map((name) => `${name} ${versionOf(join('..', 'node_modules', name))}`),
    `postgraphile ${versionOf('node_modules/postgraphile')}`,
    `pg ${versionOf('node_modules/pg')}`,
  ].join(', ')
}

function versionOf(folder: string): string {
  const text = readFileSync(join(import.meta.dirname, folder, 'package.json'), 'utf8')
  return manifest.parse(JSON.parse(text)).version
}

function contendersOf(measured: Measured): ContenderName[] {
  return [...new Set([...measured.outcomes.values()].flatMap((outcomes) => [...outcomes.keys()]))]
}

function whole(value: number): string {
  return Math.round(value).toLocaleString('en')
}
