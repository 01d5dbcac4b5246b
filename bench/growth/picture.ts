import { chart, drawing, type Line } from '../chart.ts'
import type { Growth, GrowthShape } from './measure-growth.ts'

const colours: Record<GrowthShape, string> = {
  product: '#0b7285',
  orders20: '#9c36b5',
  deep: '#e8590c',
  page: '#2b8a3e',
}

/** Two charts side by side. Both have logarithmic scales from left to right, and start at 0 from below. */
export function drawGrowth({ costs, crowds }: Growth): string {
  const costLines = [...costs].map(([shape, bySize]): Line => {
    const points = [...bySize].map(([size, { totalMicros }]) => [size, totalMicros.median] as const)
    return { name: shape, colour: colours[shape], points }
  })
  const crowd = (name: string, colour: string, figure: (at: CrowdFigures) => number): Line => {
    return { name, colour, points: [...crowds].map(([count, figures]) => [count, figure(figures)] as const) }
  }
  const crowdLines = [
    crowd('requests/s', '#0b7285', ({ rps }) => rps.median),
    crowd('MiB', '#868e96', ({ rssMebibytes }) => rssMebibytes.median),
  ]
  return drawing('Cost against the number of orders; rate and memory against connections', [
    chart({
      title: 'CPU µs a request, by number of orders',
      lines: costLines,
      left: 60,
      right: 400,
      scale: 'logarithmic',
    }),
    chart({ title: 'Rate and memory, by connections', lines: crowdLines, left: 540, right: 870, scale: 'logarithmic' }),
  ])
}

type CrowdFigures = Growth['crowds'] extends ReadonlyMap<number, infer Figures> ? Figures : never
