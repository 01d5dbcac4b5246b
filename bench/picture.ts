import { type Failure, type Figures, isFailure, type Measured } from './measure.ts'
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
  base: '#1971c2',
  traced: '#f08c00',
}

/** Bars of CPU time per request, server and database stacked, a group for each shape, on one scale. */
export function drawPicture({ outcomes }: Measured): string {
  const all = [...outcomes.values()].flatMap((group) => [...group.values()])
  const longest = Math.max(...all.map((outcome) => (isFailure(outcome) ? 0 : outcome.totalMicros.median)))
  const scale = (width - left - right) / longest
  let y = top
  const groups = [...outcomes].map(([shape, group]) => {
    const bars = [...group].map(([name, outcome], index) => bar(name, outcome, y + index * barHeight, scale))
    const middle = y + (group.size * barHeight) / 2 + 4
    y += group.size * barHeight + groupGap
    return `<text x="${left - 10}" y="${middle}" text-anchor="end">${shape}</text>\n${bars.join('\n')}`
  })
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${y}" font-family="system-ui, sans-serif" font-size="12">
<title>CPU time per request, server and database, in microseconds</title>
<rect width="${width}" height="${y}" fill="#ffffff"/>
<text x="12" y="20" font-size="14" font-weight="600">CPU time per request, in microseconds: server, and the database paler (less is better)</text>
${legend()}
${groups.join('\n')}
</svg>
`
}

function bar(name: ContenderName, outcome: Figures | Failure, y: number, scale: number): string {
  const text = (x: number, words: string) =>
    `<text x="${(x + 5).toFixed(1)}" y="${y + barHeight - 3}" font-size="10">${words}</text>`
  if (isFailure(outcome)) return text(left, `${name} ${outcome.failure}`)
  const server = Math.max(1, outcome.cpuMicros.median * scale)
  const database = outcome.databaseMicros.median * scale
  const total = Math.round(outcome.totalMicros.median).toLocaleString('en')
  return `${rectangle(left, y, server, colours[name], 1)}
${rectangle(left + server, y, database, colours[name], 0.45)}
${text(left + server + database, total)}`
}

function rectangle(x: number, y: number, length: number, fill: string, opacity: number): string {
  return `<rect x="${x.toFixed(1)}" y="${y}" width="${length.toFixed(1)}" height="${barHeight - 2}" fill="${fill}" opacity="${opacity}"/>`
}

function legend(): string {
  return contenderNames
    .map((name, index) => {
      const x = left + index * 130
      return `<rect x="${x}" y="31" width="11" height="11" fill="${colours[name]}"/><text x="${x + 16}" y="41">${name}</text>`
    })
    .join('\n')
}
