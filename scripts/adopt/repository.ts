import { execFile } from 'node:child_process'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Workshop } from './workshop.ts'

const run = promisify(execFile)

/** The git repository of a project, which may be a folder of a larger one. */
export class Repository {
  readonly #root: string
  readonly #gitFolder: string
  /** The folder of the project in the repository: empty, or `services/door/`. */
  readonly #prefix: string

  private constructor(root: string, gitFolder: string, prefix: string) {
    this.#root = root
    this.#gitFolder = gitFolder
    this.#prefix = prefix
  }

  /** Throws where the project has no repository, or changes that are not committed: what is written could not be told from them. */
  static async clean(root: string): Promise<Repository> {
    const place = await run('git', ['rev-parse', '--absolute-git-dir', '--show-prefix'], { cwd: root }).catch(
      noRepository,
    )
    const [gitFolder = '', prefix = ''] = place.stdout.split('\n')
    const { stdout } = await run('git', ['status', '--porcelain', '--', '.'], { cwd: root })
    const changed = stdout.split('\n').filter((line) => line !== '').length
    if (changed === 0) return new Repository(root, gitFolder, prefix)
    const files =
      changed === 1
        ? 'a file that is not committed: commit or stash it'
        : `${changed} files that are not committed: commit or stash them`
    throw new Error(`The work tree has ${files} first.`)
  }

  /** The difference between two folders as a patch of the project. Their files become known to git, which `git apply --3way` needs. */
  async patchBetween(workshop: Workshop, before: string, after: string): Promise<string> {
    const trees = await Promise.all([this.#treeOf(workshop, before), this.#treeOf(workshop, after)])
    const { stdout } = await run(
      'git',
      [
        ...['diff-tree', '-p', '--full-index', '--binary', '--no-renames', '--no-color', '--no-ext-diff'],
        ...[`--src-prefix=a/${this.#prefix}`, `--dst-prefix=b/${this.#prefix}`],
        ...trees,
      ],
      { cwd: this.#root, maxBuffer: 1 << 28 },
    )
    return stdout
  }

  async #treeOf(workshop: Workshop, name: string): Promise<string> {
    const git = this.#gitIn(workshop.path(name), workshop.path(`index-${name}`))
    await git('add', '--all', '--force', '.')
    return (await git('write-tree')).trim()
  }

  /**
   * Applies a patch to a copy of the project as it is committed. Returns the folder of the project in the copy, and the
   * files in which the patch conflicts with changes of people.
   */
  async patchedCopy(workshop: Workshop, patch: string): Promise<{ folder: string; conflicts: string[] }> {
    const copy = workshop.path('copy')
    await mkdir(copy)
    const git = this.#gitIn(copy, workshop.path('index-copy'))
    await git('read-tree', 'HEAD')
    await git('checkout-index', '--all', '--index')
    const failure = await git('apply', '--3way', '--whitespace=nowarn', patch).then(
      () => undefined,
      (error: Error) => error,
    )
    const unmerged = await git('ls-files', '--unmerged', '-z')
    const conflicts = new Set(unmerged.split('\0').flatMap((line) => line.split('\t')[1] ?? []))
    if (failure && conflicts.size === 0) throw failure
    return {
      folder: join(copy, this.#prefix),
      conflicts: [...conflicts].map((path) => path.slice(this.#prefix.length)),
    }
  }

  /** git with another work tree and another index: it touches neither the files nor what is staged. */
  #gitIn(workTree: string, index: string) {
    const env = { ...process.env, GIT_DIR: this.#gitFolder, GIT_WORK_TREE: workTree, GIT_INDEX_FILE: index }
    return async (...args: string[]) => (await run('git', args, { cwd: workTree, env, maxBuffer: 1 << 28 })).stdout
  }
}

function noRepository(error: Error & { code?: unknown }): never {
  if (error.code === 'ENOENT')
    throw new Error('There is no git here: install it, so that what is written can be told from what was there.')
  throw new Error(
    'The project is no git repository: git init, git add . and git commit first, so that what is written can be told from what was there.',
  )
}
