import { readFileSync } from 'node:fs'

/** Of a clock tick, in which Linux counts the time of processes. */
const tickMicros = 10_000

/** User and system time of a process in microseconds. */
export function cpuMicros(pid = 0): number {
  return microsAt(11, pid)
}

/** The same of its children that have ended. */
export function endedMicros(pid: number): number {
  return microsAt(13, pid)
}

/** The sum of user and system time, which are side by side. */
function microsAt(field: number, pid: number): number {
  const [user, system] = statOf(pid).slice(field, field + 2)
  return (Number(user) + Number(system)) * tickMicros
}

export function parentOf(pid: number): number {
  return Number(statOf(pid)[1])
}

/** https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html: the fields behind the name, from the third on. */
function statOf(pid: number): string[] {
  return readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? []
}
