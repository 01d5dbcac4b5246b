export const width = 960
export const height = 340
const top = 56
const bottom = 44

export interface Line {
  name: string
  colour: string
  points: readonly (readonly [x: number, y: number])[]
}

interface ChartOptions {
  title: string
  lines: readonly Line[]
  left: number
  right: number
  scale: 'linear' | 'logarithmic'
  /** The values that are named below; by default those of all points. */
  ticks?: readonly number[]
}

/** A picture of charts side by side. */
export function drawing(title: string, charts: readonly string[]): string {
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="system-ui, sans-serif" font-size="12">
<title>${title}</title>
<rect width="${width}" height="${height}" fill="#ffffff"/>
${charts.join('\n')}
</svg>
`
}

/** Lines that start at 0 from below. */
export function chart({ title, lines, left, right, scale, ticks }: ChartOptions): string {
  const xs = [...new Set(lines.flatMap(({ points }) => points.map(([x]) => x)))].sort((a, b) => a - b)
  const highest = Math.max(...lines.flatMap(({ points }) => points.map(([, y]) => y)))
  const [first = 1, last = 10] = [xs.at(0), xs.at(-1)]
  const part = (x: number) =>
    scale === 'linear' ? (x - first) / (last - first || 1) : Math.log(x / first) / (Math.log(last / first) || 1)
  const across = (x: number) => left + (right - left) * part(x)
  const base = height - bottom
  const up = (y: number) => base - ((base - top) * y) / highest
  const drawn = lines.map((line) => lineOf(line, across, up))
  const named = (ticks ?? xs).map((x) => text(across(x), base + 18, x.toLocaleString('en'), 'middle'))
  const levels = [0, 0.5, 1].map((part) => level(Math.round(highest * part), up(highest * part), left, right))
  return [text(left, 24, title, 'start', 14), ...levels, ...named, ...drawn].join('\n')
}

function lineOf({ name, colour, points }: Line, across: (x: number) => number, up: (y: number) => number): string {
  const at = points.map(([x, y]) => `${across(x).toFixed(1)},${up(y).toFixed(1)}`).join(' ')
  const dots =
    points.length > 20
      ? []
      : points.map(([x, y]) => `<circle cx="${across(x).toFixed(1)}" cy="${up(y).toFixed(1)}" r="3" fill="${colour}"/>`)
  const [x, y] = points.at(-1) ?? [1, 0]
  const label = `<text x="${(across(x) + 8).toFixed(1)}" y="${(up(y) + 4).toFixed(1)}" fill="${colour}">${name}</text>`
  return `<polyline points="${at}" fill="none" stroke="${colour}" stroke-width="2"/>\n${dots.join('')}\n${label}`
}

function level(value: number, y: number, left: number, right: number): string {
  return `<line x1="${left}" y1="${y.toFixed(1)}" x2="${right}" y2="${y.toFixed(1)}" stroke="#dee2e6"/>
${text(left - 6, y + 4, value.toLocaleString('en'), 'end')}`
}

function text(x: number, y: number, words: string, anchor: 'start' | 'middle' | 'end', size = 12): string {
  return `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" text-anchor="${anchor}" font-size="${size}">${words}</text>`
}
