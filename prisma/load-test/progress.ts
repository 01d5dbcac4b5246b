import type { WriteStream } from 'node:tty'
import type { Progress } from './generate.ts'

const lineEveryMs = 3000
const number = new Intl.NumberFormat('en')

/** Shows the progress of a run: in a terminal one line that is rewritten, elsewhere a line every few seconds. */
export class ProgressLine {
  readonly #stream: WriteStream
  readonly #start = performance.now()
  #shownAt = Number.NEGATIVE_INFINITY

  constructor(stream: WriteStream) {
    this.#stream = stream
  }

  show(progress: Progress): void {
    const now = performance.now()
    const last = progress.orders >= progress.target
    if (this.#stream.isTTY) {
      this.#stream.write(`\r\x1b[K${this.#describe(progress, now)}${last ? '\n' : ''}`)
    } else if (last || now - this.#shownAt >= lineEveryMs) {
      this.#shownAt = now
      this.#stream.write(`${this.#describe(progress, now)}\n`)
    }
  }

  #describe({ orders, target, written }: Progress, now: number): string {
    const seconds = (now - this.#start) / 1000
    const done = `${number.format(orders)} of ${number.format(target)} orders`
    const rate = `${number.format(Math.round(written.lines / seconds))} lines/s`
    const left = ((target - orders) / written.orders) * seconds
    return `${done}, ${rate}, ${orders >= target ? `${duration(seconds)} in all` : `${duration(left)} left`}`
  }
}

function duration(seconds: number): string {
  const whole = Math.ceil(seconds)
  if (whole < 60) return `${whole} s`
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`
}
