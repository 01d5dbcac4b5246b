import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { withClient } from '../../src/platform/database/with-client.ts'
import { adoptAgain } from './adopt-again.ts'
import { type Adopted, adoptedPath, adoptedText, readAdopted } from './adopted.ts'
import { type Catalogue, readCatalogue, type Wanted } from './catalogue.ts'
import { domainFiles } from './domain/domain-files.ts'
import { followRenames, inOrderOf } from './follow-renames.ts'
import { saidLeftOut } from './left-out.ts'
import type { Plan } from './noun.ts'
import { planOf } from './plan.ts'
import { schemasOf } from './prisma-file.ts'
import { checkedUrl, checkFound, connectionRefusal, readingRefusal } from './refusals.ts'
import { Repository } from './repository.ts'
import { readStructure, structurePath } from './structure.ts'
import { wordsOf } from './words.ts'
import { Workshop } from './workshop.ts'
import { checkName, checkNew, writeDomain } from './write-domain.ts'
import { addWrites, stillServed } from './writes.ts'

interface Adoption {
  url: string
  /** The folder of the project. */
  root: string
  name?: string
  /** What is not said is as it was when the domain was made. */
  asked: Partial<Wanted>
  /** Whether to return only the patch of a domain that is there already. */
  printsPatch: boolean
  onProgress(message: string): void
  /** Makes the rest of the project, once the domain with this name is written. Returns what to say of it. */
  onWritten?(name: string): Promise<string[]>
}

/**
 * Makes a domain from a database that exists, and puts it into the project. Of a domain that it made before it says what
 * changed. Returns the text for people.
 */
export async function adoptDatabase({
  url,
  root,
  name,
  asked,
  printsPatch,
  onProgress,
  onWritten,
}: Adoption): Promise<string> {
  const place = checkedUrl(url)
  const own = name ?? defaultName(place)
  checkName(own)
  using workshop = Workshop.open(root, onProgress)
  const repository = await Repository.clean(root)
  const before = await followedAdoption(root, own)
  if (!before) await checkNew(root, own)
  const wanted: Wanted = {
    schemas: asked.schemas ?? before?.wanted.schemas ?? ['public'],
    tables: asked.tables ?? before?.wanted.tables,
    writes: asked.writes ?? before?.wanted.writes,
  }
  onProgress(`connecting to ${place.pathname.slice(1)} at ${place.host}`)
  const { catalogue, structure } = await read(place, wanted, before, onProgress)
  const plan = planOf(catalogue, before?.known)
  if (plan.nouns.length === 0) throw new Error(`Nothing of the database can be served:\n\n${saidLeftOut(plan.leftOut)}`)
  if (!asked.writes) wanted.writes = stillServed(plan, wanted.writes)
  addWrites(plan, wanted.writes ?? [])
  const text = adoptedText(wanted, catalogue, plan)
  if (before)
    return await adoptAgain({
      root,
      name: own,
      repository,
      workshop,
      before,
      plan,
      text,
      structure,
      printsPatch,
      onProgress,
    })
  if (printsPatch) throw new Error(`There is no domain ${own} yet, which a patch could change: leave out --patch.`)
  const made = [
    { path: adoptedPath(own), text },
    { path: structurePath(own), text: structure },
  ]
  const files = [...domainFiles(plan, own), ...made]
  onProgress(`writing and formatting ${files.length} files for ${plan.nouns.length} tables and views`)
  await writeDomain(workshop, { root, name: own, schemas: schemasOf(plan), files })
  const said = (await onWritten?.(own)) ?? []
  return [report(plan, catalogue, own), ...said].join('\n\n')
}

/** What was adopted before, by the names that its tables have in the models now. */
async function followedAdoption(root: string, name: string): Promise<Adopted | undefined> {
  const before = await readAdopted(root, name)
  const models = await readFile(join(root, 'prisma', `${name}.prisma`), 'utf8').catch(() => undefined)
  return before && models !== undefined ? followRenames(before, models) : before
}

function defaultName({ pathname }: URL): string {
  return (
    wordsOf(decodeURIComponent(pathname))
      .join('-')
      .replace(/^\d+-?/, '') || 'domain'
  )
}

async function read(
  url: URL,
  wanted: Wanted,
  before: Adopted | undefined,
  onProgress: (message: string) => void,
): Promise<{ catalogue: Catalogue; structure: string }> {
  let isConnected = false
  try {
    return await withClient(url.href, async (client) => {
      isConnected = true
      const catalogue = await readCatalogue(client, wanted, onProgress)
      checkFound(catalogue, wanted)
      const tables = inOrderOf(before?.served.tables ?? [], catalogue.tables)
      return { catalogue: { ...catalogue, tables }, structure: await readStructure(client, tables) }
    })
  } catch (error) {
    throw isConnected ? readingRefusal(error, url) : connectionRefusal(error, url)
  }
}

function report({ nouns, leftOut }: Plan, { schemas, tables }: Catalogue, name: string): string {
  const guarded = tables.filter(({ hasRowSecurity }) => hasRowSecurity).map((table) => table.name)
  const others = schemas.filter((schema) => !tables.some((table) => table.schema === schema.name))
  const parts = [
    `Wrote prisma/${name}.prisma and src/${name}/ with ${nouns.length} types, and switched src/schema.ts to them.`,
    leftOut.length > 0 && `Left out:\n${saidLeftOut(leftOut)}`,
    guarded.length > 0 && `PostgreSQL's own row security also decides which rows are there: ${guarded.join(', ')}.`,
    others.length > 0 && `Not read: the tables of ${others.map((schema) => schema.name).join(', ')} (--schema).`,
    `Only the role admin may see anything: src/${name}/access.ts. What says "(to be written)" is yours to describe.`,
    ...writesReport(nouns),
  ]
  return parts.filter((part) => part !== false).join('\n\n')
}

function writesReport(nouns: Plan['nouns']): string[] {
  const written = nouns.filter(({ writes }) => writes !== undefined)
  if (written.length === 0) return []
  const added = written.filter(({ writes }) => !writes?.isCreated).map(({ phrases }) => phrases)
  return [
    `Mutations write ${written.map(({ phrases }) => phrases).join(', ')}. Run \`npm run migrate\` before the first one: it adds the schemas platform and jobs, for idempotency keys, events and the audit trail.`,
    ...(added.length > 0 ? [`Not to be created, because a required column is not served: ${added.join(', ')}.`] : []),
  ]
}
