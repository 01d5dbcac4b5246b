import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseAllDocuments } from 'yaml'
import { z } from 'zod'

export const root = join(import.meta.dirname, '../../..')
const kubernetes = join(root, 'deploy/kubernetes')

export function read(path: string): string {
  return readFileSync(join(root, path), 'utf8')
}

const object = z.looseObject({ kind: z.string(), metadata: z.looseObject({ name: z.string() }).optional() })
export type Manifest = z.infer<typeof object> & { file: string }

/** Every object in deploy/kubernetes, with the file it stands in. */
export const manifests: Manifest[] = readdirSync(kubernetes)
  .filter((file) => file.endsWith('.yaml'))
  .sort()
  .flatMap((file) =>
    parseAllDocuments(readFileSync(join(kubernetes, file), 'utf8')).map((document) => ({
      ...object.parse(document.toJS()),
      file,
    })),
  )

/** The object of this kind and name, in this shape. */
export function manifest<T>(kind: string, name: string, shape: z.ZodType<T>): T {
  const found = manifests.filter((each) => each.kind === kind && each.metadata?.name === name)
  if (found.length !== 1) throw new Error(`deploy/kubernetes has ${found.length} of ${kind} ${name}`)
  return shape.parse(found[0])
}
