import { cpus, totalmem } from 'node:os'
import { shapeTitles } from '../names.ts'
import type { Spread } from '../statistics.ts'
import { table } from '../table.ts'
import { crowdedShape, type Growth, type GrowthWanted } from './measure-growth.ts'

/** The report in Markdown. */
export function writeGrowthReport(growth: Growth, wanted: GrowthWanted): string {
  return [
    '# Growth',
    '![Cost against the number of orders; rate and memory against connections](growth.svg)',
    '## Cost against the number of orders',
    [
      'CPU time of a request in microseconds, server + database, at 16 connections: the median of the rounds, and half of the',
      'difference between the highest and the lowest. The last column is the cost at the largest size over that at the',
      'smallest.',
    ].join('\n'),
    costTable(growth, wanted),
    '## Rate and memory against connections',
    `${shapeTitles[crowdedShape]}, ${thousands(growth.crowdedSize)} orders. The server has 20 connections to the database.`,
    crowdTable(growth),
    '## How it was measured',
    [
      `- ${new Date().toISOString().slice(0, 10)}, \`npm run bench:growth\`, ${wanted.rounds} rounds of a second each; the sizes in turn.`,
      `- ${cpus().length} × ${cpus()[0]?.model.trim() ?? 'unknown'}, ${Math.round(totalmem() / 2 ** 30)} GiB; Node ${process.versions.node}.`,
      '- The databases and the load run on the same machine.',
    ].join('\n'),
    '',
  ].join('\n\n')
}

function costTable({ costs }: Growth, { sizes }: GrowthWanted): string {
  const rows = [...costs].map(([shape, bySize]) => {
    const cells = sizes.map((size) => {
      const cost = bySize.get(size)
      if (!cost) return ''
      const { cpuMicros, databaseMicros, totalMicros } = cost
      return `${whole(totalMicros)}${within(totalMicros)} (${whole(cpuMicros)} + ${whole(databaseMicros)})`
    })
    const [first, last] = [sizes.at(0) ?? 0, sizes.at(-1) ?? 0].map((size) => bySize.get(size)?.totalMicros.median ?? 0)
    return [shapeTitles[shape], ...cells, ((last ?? 0) / (first ?? 1)).toFixed(2)]
  })
  return table(['shape', ...sizes.map((size) => `${thousands(size)} orders`), 'growth'], rows)
}

function crowdTable({ crowds }: Growth): string {
  const rows = [...crowds].map(([count, { rps, p99Ms, rssMebibytes }]) => [
    String(count),
    `${whole(rps)}${within(rps)}`,
    `${p99Ms.median.toFixed(1)}${within(p99Ms)}`,
    whole(rssMebibytes),
  ])
  return table(['connections', 'requests a second', 'p99, ms', 'memory of the server, MiB'], rows)
}

function whole({ median }: Spread): string {
  return thousands(Math.round(median))
}

function thousands(value: number): string {
  return value.toLocaleString('en')
}

function within({ median, lowest, highest }: Spread): string {
  return ` ±${(((highest - lowest) / 2 / median) * 100).toFixed(0)} %`
}
