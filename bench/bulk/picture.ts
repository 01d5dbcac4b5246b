import { chart, drawing } from '../chart.ts'
import type { MemoryOverTime } from './memory.ts'

interface Memory {
  rows: number
  imported: MemoryOverTime
  exported: MemoryOverTime
}

/** The memory of the server over the time of an import and of an export, side by side. */
export function drawMemory({ rows, imported, exported }: Memory): string {
  const count = rows.toLocaleString('en')
  return drawing(`Memory of the server during an import and an export of ${count} rows`, [
    memoryChart(`Import of ${count} products: MB, by seconds`, imported, '#9c36b5', 60),
    memoryChart(`Export of ${count} products: MB, by seconds`, exported, '#0b7285', 540),
  ])
}

function memoryChart(title: string, points: MemoryOverTime, colour: string, left: number): string {
  const end = points.at(-1)?.[0] ?? 0
  const ticks = [0, 0.25, 0.5, 0.75, 1].map((part) => Math.round(end * part))
  return chart({
    title,
    lines: [{ name: '', colour, points: thinned(points) }],
    left,
    right: left + 380,
    scale: 'linear',
    ticks,
  })
}

const mostPoints = 200

/** The highest of each group of neighbours, where there are too many to draw. */
function thinned(points: MemoryOverTime): MemoryOverTime {
  const size = Math.ceil(points.length / mostPoints)
  return Array.from({ length: Math.ceil(points.length / size) }, (_, at) =>
    points.slice(at * size, (at + 1) * size).reduce((one, other) => (other[1] > one[1] ? other : one)),
  )
}
