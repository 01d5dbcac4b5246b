import { access, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import type { WrittenFile } from './domain/code.ts'
import { writeDraft } from './format-draft.ts'
import { camelCase, wordsOf } from './words.ts'
import type { Workshop } from './workshop.ts'

/** Names that rooms of this project have. */
const roomNames = new Set(['platform', 'generated', 'schema', 'main', 'app', 'serve'])

/** Throws where nothing can have this name. */
export function checkName(name: string): void {
  if (!/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(name)) {
    throw new Error(`The name "${name}" is not in lower case with dashes, such as "music": --name NAME`)
  }
}

/** Throws where the name cannot be that of a new domain. */
export async function checkNew(root: string, name: string): Promise<void> {
  const taken = [`src/${name}`, `prisma/${name}.prisma`, `test/${name}`]
  for (const path of taken) {
    if (roomNames.has(name) || (await isThere(join(root, path)))) {
      throw new Error(`The name "${name}" is taken: there is ${path} already. Choose another: --name NAME`)
    }
  }
}

async function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}

interface NewDomain {
  root: string
  name: string
  /** Of PostgreSQL. */
  schemas: readonly string[]
  files: readonly WrittenFile[]
}

/** Puts a new domain into the project, whole or not at all. */
export async function writeDomain(workshop: Workshop, { root, name, schemas, files }: NewDomain): Promise<void> {
  const joint = await readFile(join(root, 'src/schema.ts'), 'utf8')
  await writeDraft(root, workshop.path('draft'), [
    ...files,
    { path: modelsPath, text: withSchemas(await modelsOf(root), schemas) },
    { path: 'src/schema.ts', text: withDomain(joint, name) },
  ])
  workshop.put('draft')
}

/** The file that names the schemas of PostgreSQL. */
export const modelsPath = 'prisma/schema.prisma'

export function modelsOf(root: string): Promise<string> {
  return readFile(join(root, modelsPath), 'utf8')
}

/** The schema file with these schemas of PostgreSQL beside those that it names. */
export function withSchemas(text: string, schemas: readonly string[]): string {
  const line = /^( *schemas *= )(\[.*\])$/m
  const found = line.exec(text)
  if (!found) throw new Error('prisma/schema.prisma has no line "schemas = [ … ]".')
  const known = z.array(z.string()).parse(JSON.parse(found[2] ?? ''))
  const all = [...new Set([...known, ...schemas])].map((schema) => JSON.stringify(schema))
  return text.replace(line, (_all, start: string) => `${start}[${all.join(', ')}]`)
}

/** The joint with this domain in the place of the one that it has. */
export function withDomain(text: string, name: string): string {
  const own = camelCase(wordsOf(name))
  const found = /^import \{ (\w+) \} from '\.\/[\w-]+\/index\.ts'$/m.exec(text)
  const before = found?.[1]
  if (!before || !text.includes(`domain = ${before}\n`)) throw new Error('src/schema.ts has no import of a domain.')
  return text
    .replace(found[0], `import { ${own} } from './${name}/index.ts'`)
    .replace(`domain = ${before}\n`, `domain = ${own}\n`)
    .replace(`in the place of ${before}`, `in the place of ${own}`)
}
