import { readFileSync } from 'node:fs'

/** Megabytes of a process, against the seconds since the beginning of some work. */
export type MemoryOverTime = readonly (readonly [seconds: number, megabytes: number])[]

const everyMs = 250

/** What a process has in memory while the work lasts. */
export async function memoryDuring(pid: number | undefined, work: () => Promise<unknown>): Promise<MemoryOverTime> {
  const startedAt = performance.now()
  const points: [number, number][] = []
  const look = () => points.push([(performance.now() - startedAt) / 1000, residentMegabytes(pid)])
  look()
  const timer = setInterval(look, everyMs)
  try {
    await work()
  } finally {
    clearInterval(timer)
  }
  look()
  return points
}

/** https://man7.org/linux/man-pages/man5/proc_pid_status.5.html */
function residentMegabytes(pid = 0): number {
  const [, kilobytes] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? []
  return Number(kilobytes) / 1024
}

/** The highest value of each quarter of the time. */
export function quartersOf(memory: MemoryOverTime): number[] {
  const end = memory.at(-1)?.[0] ?? 0
  return [0, 1, 2, 3].map((quarter) => {
    const of = memory.filter(([at]) => at >= (end * quarter) / 4 && at <= (end * (quarter + 1)) / 4)
    return Math.max(...of.map(([, megabytes]) => megabytes))
  })
}
