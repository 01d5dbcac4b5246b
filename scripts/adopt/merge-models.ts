import { execFile } from 'node:child_process'
import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { formatModels } from './format-draft.ts'
import type { Workshop } from './workshop.ts'

interface Models {
  root: string
  /** Of the models. */
  path: string
  workshop: Workshop
  /** The folders of the files that the tables made before, and that they make now. */
  earlier: string
  later: string
}

/**
 * Merges the new models into those of the project, and puts both in the place of the files that the tables made. The
 * formatter aligns the fields of a model, so one long name changes every line of it, which git takes for a conflict with
 * any change of a person. What does conflict stays as it is, for git to mark.
 */
export async function mergeModels({ root, path, workshop, earlier, later }: Models): Promise<void> {
  const texts = { ours: join(root, path), base: join(earlier, path), theirs: join(later, path) }
  const folder = workshop.path('models')
  await mkdir(folder)
  for (const [name, file] of Object.entries(texts)) {
    await writeFile(join(folder, name), squeezed(await readFile(file, 'utf8')))
  }
  const merging = promisify(execFile)('git', ['merge-file', '-p', '--quiet', 'ours', 'base', 'theirs'], {
    cwd: folder,
    maxBuffer: 1 << 28,
  })
  const merged = await merging.catch(() => undefined)
  if (!merged) return
  await copyFile(texts.ours, texts.base)
  await writeFile(texts.theirs, merged.stdout)
  await formatModels(root, later)
}

/** Without the spaces that align fields. */
function squeezed(text: string): string {
  const lines = text.split('\n')
  return lines.map((line) => (/^\s*\/\//.test(line) ? line : withoutAlignment(line))).join('\n')
}

function withoutAlignment(line: string): string {
  const start = /^ */.exec(line)?.[0] ?? ''
  return start + line.slice(start.length).replace(/("(?:[^"\\]|\\.)*")| {2,}/g, (_all, text?: string) => text ?? ' ')
}
