import { createHash, randomUUID } from 'node:crypto'
import { glob, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { withDomain, withSchemas } from '../../../scripts/adopt/write-domain.ts'
import { generateClient } from '../../../scripts/generate-client.ts'

const root = join(import.meta.dirname, '../../..')
const overlay = join(import.meta.dirname, '../project')
const artifacts = join(root, 'test-artifacts')

/** What a project is, without its domain and what is made from the models. */
const copied = [
  'package.json',
  'prisma.config.ts',
  'tsconfig.json',
  'prisma/{platform,schema}.prisma',
  'prisma/migrations/*.toml',
  'prisma/migrations/platform/**/*.sql',
  'vitest.config.ts',
  'scripts/data-model-generator.ts',
  // What the support of the tests reads a catalogue with, and what vitest.config.ts imports.
  'scripts/adopt/{catalogue,check}*.ts',
  'scripts/adopt/*/{files,left-out}.ts',
  'src/*.ts',
  'src/platform/**/*.*',
  'test/support/*.ts',
]

/** The joint, and the schemas of the tables: all that changes beside what `project/` adds. */
const changed: Record<string, (text: string) => string> = {
  'src/schema.ts': (text) => withDomain(text, 'music'),
  'prisma/schema.prisma': (text) => withSchemas(text, ['public']),
}

/** The folder of this project with the music domain in the place of its own. It is kept until one of its files changes. */
export async function musicProject(): Promise<string> {
  const files = await platformFiles()
  for (const path of Object.keys(changed)) files.set(path, changed[path]?.(files.get(path) ?? '') ?? '')
  for (const path of await listed(['**/*.*'], overlay)) files.set(path, await readFile(join(overlay, path), 'utf8'))
  const hash = createHash('sha256').update(JSON.stringify([...files]))
  const folder = join(artifacts, `music-${hash.digest('hex').slice(0, 16)}`)
  const isMade = await readFile(join(folder, 'package.json')).then(
    () => true,
    () => false,
  )
  if (!isMade) await make(folder, files)
  return folder
}

/** What a project is before it has a domain, by path. */
export async function platformFiles(): Promise<Map<string, string>> {
  const files = new Map<string, string>()
  for (const path of await listed(copied, root)) files.set(path, await readFile(join(root, path), 'utf8'))
  files.set('prisma/schema.prisma', withoutDomain(files.get('prisma/schema.prisma') ?? ''))
  return files
}

/** The schema file with no schema of PostgreSQL but the platform's. */
function withoutDomain(models: string): string {
  return models.replace(/^( *schemas *= )\[.*\]$/m, '$1["platform"]')
}

/** A module of the project: the same file here, with the music domain's client and schema behind it. */
export async function importFrom<Module>(project: string, path: string): Promise<Module> {
  return import(pathToFileURL(join(project, path)).href)
}

async function listed(patterns: string[], cwd: string): Promise<string[]> {
  const paths = await Array.fromAsync(glob(patterns, { cwd, withFileTypes: true }))
  return paths
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name).slice(cwd.length + 1))
    .sort()
}

/** Made beside and then renamed, so that no other process finds half of it. */
async function make(folder: string, files: ReadonlyMap<string, string>): Promise<void> {
  const draft = `${folder}.${randomUUID()}`
  await writeFiles(draft, files)
  await generateClient(draft)
  await rename(draft, folder).catch(() => rm(draft, { recursive: true }))
}

export async function writeFiles(folder: string, files: ReadonlyMap<string, string>): Promise<void> {
  for (const [path, text] of files) {
    await mkdir(dirname(join(folder, path)), { recursive: true })
    await writeFile(join(folder, path), text)
  }
}
