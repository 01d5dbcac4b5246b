import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { z } from 'zod'

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/** What is put in place: folders and files that are new, and files that replace others. */
const journal = z.object({ made: z.array(z.string()), replaced: z.array(z.string()) })
type Journal = z.infer<typeof journal>

/**
 * The folder in which a run makes what it writes, before all of it is put in place. Only one run has it. What a killed run
 * left is taken back by the next one.
 */
export class Workshop implements Disposable {
  readonly #root: string
  readonly folder: string
  #isPlaced = false

  private constructor(root: string) {
    this.#root = root
    this.folder = join(root, '.adopting')
  }

  static open(root: string, onProgress: (message: string) => void): Workshop {
    const workshop = new Workshop(root)
    if (workshop.#takeBack()) onProgress('an earlier run was stopped while it wrote: what it had written is taken back')
    mkdirSync(workshop.folder)
    // Git does not see the folder.
    writeFileSync(join(workshop.folder, '.gitignore'), '*\n')
    writeFileSync(join(workshop.folder, 'pid'), String(process.pid))
    for (const signal of signals) process.on(signal, workshop.#stop)
    return workshop
  }

  path(name: string): string {
    return join(this.folder, name)
  }

  /**
   * Puts all of a draft into the project, or nothing: a failure is undone here, and a killed process by the next run. It
   * does not wait for anything, so that a signal is handled before it or after it.
   */
  put(draft: string): void {
    const { made, replaced } = unitsOf(this.#root, this.path(draft))
    for (const path of replaced) copyTo(join(this.#root, path), this.path(join('before', path)))
    writeFileSync(this.path('journal'), JSON.stringify({ draft, made, replaced }))
    renameSync(this.path('journal'), this.path('journal.json'))
    try {
      for (const path of [...made, ...replaced]) renameSync(this.path(join(draft, path)), join(this.#root, path))
    } catch (error) {
      this.#undo(draft, { made, replaced })
      throw error
    }
    this.#isPlaced = true
    rmSync(this.path('journal.json'))
  }

  [Symbol.dispose](): void {
    for (const signal of signals) process.off(signal, this.#stop)
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 5 })
  }

  readonly #stop = (signal: NodeJS.Signals) => {
    this[Symbol.dispose]()
    console.error(this.#isPlaced ? 'Stopped. The files of the domain are written.' : 'Stopped. Nothing was written.')
    process.exit(signal === 'SIGINT' ? 130 : 143)
  }

  /** What a killed run left. Returns whether it had begun to put files in place, and had not ended. */
  #takeBack(): boolean {
    if (!existsSync(this.folder)) return false
    const pid = Number(readOrNothing(this.path('pid')))
    if (pid !== process.pid && isRunning(pid)) {
      throw new Error(`Another npm run adopt works in this project (process ${pid}): wait for its end.`)
    }
    const text = readOrNothing(this.path('journal.json'))
    const left = text === '' ? undefined : journal.extend({ draft: z.string() }).parse(JSON.parse(text))
    const isHalf = left !== undefined && [...left.made, ...left.replaced].some((path) => this.#waits(left.draft, path))
    if (isHalf) this.#undo(left.draft, left)
    rmSync(this.folder, { recursive: true })
    return isHalf
  }

  #waits(draft: string, path: string): boolean {
    return existsSync(this.path(join(draft, path)))
  }

  #undo(draft: string, { made, replaced }: Journal): void {
    for (const path of made)
      if (!this.#waits(draft, path)) rmSync(join(this.#root, path), { recursive: true, force: true })
    for (const path of replaced) {
      if (this.#waits(draft, path)) continue
      // The copy stays until the end: this too may be killed.
      copyTo(this.path(join('before', path)), this.path(join('undone', path)))
      renameSync(this.path(join('undone', path)), join(this.#root, path))
    }
  }
}

/** The least number of renames that put a draft in place. */
function unitsOf(root: string, draft: string, folder = ''): Journal {
  const units: Journal = { made: [], replaced: [] }
  for (const entry of readdirSync(join(draft, folder), { withFileTypes: true })) {
    const path = join(folder, entry.name)
    if (!existsSync(join(root, path))) units.made.push(path)
    else if (entry.isDirectory()) {
      const inner = unitsOf(root, draft, path)
      units.made.push(...inner.made)
      units.replaced.push(...inner.replaced)
    } else if (!readFileSync(join(root, path)).equals(readFileSync(join(draft, path)))) units.replaced.push(path)
  }
  return units
}

function copyTo(from: string, to: string): void {
  mkdirSync(dirname(to), { recursive: true })
  copyFileSync(from, to)
}

function readOrNothing(path: string): string {
  return existsSync(path) ? readFileSync(path, 'utf8') : ''
}

function isRunning(pid: number): boolean {
  if (!(pid > 0)) return false
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}
