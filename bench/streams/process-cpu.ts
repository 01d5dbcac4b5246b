import { readFileSync } from 'node:fs'

/** User and system time of a process in microseconds: https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html. */
export function cpuMicros(pid = 0): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? []
  // In ticks of 10 ms.
  return (Number(fields[11]) + Number(fields[12])) * 10_000
}
