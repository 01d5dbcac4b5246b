import type { Measured } from './measure.ts'
import { type ContenderName, contenderNames } from './names.ts'

const width = 960
const barHeight = 13
const groupGap = 16
const top = 56
const left = 110
const right = 70
const colours: Record<ContenderName, string> = {
  frontdoor: '#0b7285',
  postgraphile: '#9c36b5',
  sql: '#868e96',
  plain: '#e8590c',
  cached: '#2b8a3e',
}

/** Bars of CPU time for a request, a group for each shape, on one scale. */
export function drawPicture(measured: Measured): string {
  const longest = Math.max(...[...measured.values()].flatMap((figures) => [...figures.values()].map(cpu)))
  const scale = (width - left - right) / longest
  let y = top
  const groups = [...measured].map(([shape, figures]) => {
    const bars = [...figures].map(([name, all], index) => bar(name, cpu(all), y + index * barHeight, scale))
    const middle = y + (figures.size * barHeight) / 2 + 4
    y += figures.size * barHeight + groupGap
    return `<text x="${left - 10}" y="${middle}" text-anchor="end">${shape}</text>\n${bars.join('\n')}`
  })
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${y}" font-family="system-ui, sans-serif" font-size="12">
<title>CPU time of the server process per request, in microseconds</title>
<rect width="${width}" height="${y}" fill="#ffffff"/>
<text x="12" y="20" font-size="14" font-weight="600">CPU time of the server process per request, in microseconds (less is better)</text>
${legend()}
${groups.join('\n')}
</svg>
`
}

function bar(name: ContenderName, micros: number, y: number, scale: number): string {
  const length = Math.max(1, micros * scale)
  return `<rect x="${left}" y="${y}" width="${length.toFixed(1)}" height="${barHeight - 2}" fill="${colours[name]}"/>
<text x="${(left + length + 5).toFixed(1)}" y="${y + barHeight - 3}" font-size="10">${Math.round(micros).toLocaleString('en')}</text>`
}

function legend(): string {
  return contenderNames
    .map((name, index) => {
      const x = left + index * 130
      return `<rect x="${x}" y="31" width="11" height="11" fill="${colours[name]}"/><text x="${x + 16}" y="41">${name}</text>`
    })
    .join('\n')
}

function cpu({ cpuMicros }: { cpuMicros: { median: number } }): number {
  return cpuMicros.median
}
