import { chart, drawing } from '../chart.ts'

interface Point {
  multiple: number
  goodput: number
  shedPerSecond: number
  p50: number
  p99: number
}

/** Answers a second, and their latency, over the offered load. */
export function drawOverload(points: readonly Point[], peak: number): string {
  const per = (of: (point: Point) => number) => points.map((point) => [point.multiple, of(point)] as const)
  return drawing('What is answered below, at and above the peak', [
    chart({
      title: `Answers a second, by load in multiples of the peak (${Math.round(peak)})`,
      lines: [
        { name: 'answered', colour: '#0b7285', points: per(({ goodput }) => goodput) },
        { name: 'shed', colour: '#c92a2a', points: per(({ shedPerSecond }) => shedPerSecond) },
      ],
      left: 60,
      right: 420,
      scale: 'linear',
    }),
    chart({
      title: 'Latency of answers in ms, by load',
      lines: [
        { name: 'p99', colour: '#9c36b5', points: per(({ p99 }) => p99) },
        { name: 'p50', colour: '#0b7285', points: per(({ p50 }) => p50) },
      ],
      left: 540,
      right: 900,
      scale: 'linear',
    }),
  ])
}
