import type { Plan } from '../noun.ts'
import { prismaFile } from '../prisma-file.ts'
import { accessFiles } from './access-files.ts'
import type { WrittenFile } from './code.ts'
import { examplesFile } from './examples-file.ts'
import { frameFiles } from './frame-files.ts'
import { nounFile } from './noun-file.ts'
import { operationFiles } from './operation-files.ts'
import { personalDataFile } from './personal-data-file.ts'
import { sharedFiles } from './shared-files.ts'
import { testFiles } from './test-files.ts'
import { writeFiles } from './write-files.ts'

/** Every file of a new domain, not formatted yet. */
export function domainFiles(plan: Plan, name: string): WrittenFile[] {
  const folder = `src/${name}`
  const own = [
    ...plan.nouns.map((noun) => nounFile(noun, folder)),
    ...sharedFiles(plan, folder),
    ...writeFiles(plan, folder),
    ...accessFiles(plan, folder),
    personalDataFile(plan, folder),
    examplesFile(plan, folder),
  ]
  return [
    { path: `prisma/${name}.prisma`, text: prismaFile(plan) },
    ...own,
    ...operationFiles(plan, folder),
    ...frameFiles(name, folder, own),
    ...testFiles(plan, name),
  ]
}
