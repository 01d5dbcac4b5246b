import { existsSync } from 'node:fs'
import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Adopted, adoptedPath } from './adopted.ts'
import type { WrittenFile } from './domain/code.ts'
import { domainFiles } from './domain/domain-files.ts'
import { writeDraft } from './format-draft.ts'
import { saidLeftOut } from './left-out.ts'
import { mergeModels } from './merge-models.ts'
import type { Plan } from './noun.ts'
import { contractAfter } from './patched-contract.ts'
import { planOf } from './plan.ts'
import { planDifference } from './plan-difference.ts'
import { schemasOf } from './prisma-file.ts'
import type { Repository } from './repository.ts'
import { structurePath } from './structure.ts'
import type { Workshop } from './workshop.ts'
import { modelsOf, modelsPath, withSchemas } from './write-domain.ts'
import { addWrites } from './writes.ts'

interface Again {
  root: string
  name: string
  repository: Repository
  workshop: Workshop
  before: Adopted
  /** Of the tables as they are now, and the text of the file of names. */
  plan: Plan
  text: string
  /** The statements that make the tables in databases of tests. */
  structure: string
  /** Whether to return only the patch, and to write nothing. */
  printsPatch: boolean
  onProgress(message: string): void
}

/**
 * Says what changed in the tables of a domain, as a patch that leaves alone what people wrote: the difference between the
 * files that the tables made before and those that they make now.
 */
export async function adoptAgain(again: Again): Promise<string> {
  const { root, name, workshop, before, plan, text, printsPatch, onProgress } = again
  if (text === before.text) return printsPatch ? '' : `Nothing changed in the tables of ${name}.`
  const old = planOf(before.served, before.known)
  addWrites(old, before.wanted.writes ?? [])
  const patch = await patchOf(again, old)
  if (printsPatch) return patch.text.trimEnd()
  const file = `${name}.patch`
  await writeFile(workshop.path(file), patch.text)
  onProgress('applying the patch to a copy of the project, and making its contract')
  const contract = await contractAfter({ ...again, patch: workshop.path(file) })
  await writeFile(join(root, file), patch.text)
  const lines = planDifference(old, plan)
  const parts = [
    lines.length > 0
      ? `The tables of ${name} changed:\n${lines.map((line) => `  ${line}`).join('\n')}`
      : `What changed in the tables of ${name} changes no type and no field.`,
    plan.leftOut.length > 0 && `Left out:\n${saidLeftOut(plan.leftOut)}`,
    patch.removed.length > 0 && `Not in the patch, because you removed these files: ${patch.removed.join(', ')}.`,
    contract,
    `Nothing is written yet but ${file}. Next: git apply --3way ${file} && npm run generate && npm run schema`,
  ]
  return parts.filter((part) => part !== false).join('\n\n')
}

/**
 * The patch of the project, and the files of which it should change something that is there no longer. It differs from
 * what the tables made in the models, which are merged already.
 */
async function patchOf(
  { root, name, repository, workshop, before, plan, text, structure, onProgress }: Again,
  old: Plan,
) {
  const schemas = await modelsOf(root)
  // People do not write this file, so it is as the tables made it.
  const made = await readFile(join(root, structurePath(name)), 'utf8').catch(() => structure)
  const earlier = [...filesOf(old, name, before.text, made), { path: modelsPath, text: schemas }]
  const now = withSchemas(schemas, schemasOf(plan))
  const later = [...filesOf(plan, name, text, structure), { path: modelsPath, text: now }]
  onProgress(`making the ${later.length} files of the tables as they are, and the ${earlier.length} as they were`)
  const drafts = { root, earlier: workshop.path('earlier'), later: workshop.path('later') }
  await writeDraft(root, drafts.earlier, earlier)
  await writeDraft(root, drafts.later, later)
  const removed = await takeOutRemoved(drafts, earlier)
  const models = `prisma/${name}.prisma`
  if (existsSync(join(root, models))) await mergeModels({ ...drafts, workshop, path: models })
  return { text: await repository.patchBetween(workshop, 'earlier', 'later'), removed }
}

function filesOf(plan: Plan, name: string, text: string, structure: string): WrittenFile[] {
  return [...domainFiles(plan, name), { path: adoptedPath(name), text }, { path: structurePath(name), text: structure }]
}

/** A patch of a file that people removed would not apply. Returns those that it would have changed. */
async function takeOutRemoved(
  { root, earlier, later }: Record<'root' | 'earlier' | 'later', string>,
  files: readonly WrittenFile[],
): Promise<string[]> {
  const changed: string[] = []
  for (const { path } of files) {
    if (existsSync(join(root, path))) continue
    const text = await readFile(join(later, path), 'utf8').catch(() => undefined)
    if (text !== undefined && text !== (await readFile(join(earlier, path), 'utf8'))) changed.push(path)
    await rm(join(earlier, path))
    await rm(join(later, path), { force: true })
  }
  return changed
}
