import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { GraphQLSchema } from 'graphql'
import { hashOf } from '../trusted-documents/document-id.ts'
import type { Manifest } from '../trusted-documents/manifest.ts'
import { type NamedOperation, OperationFaults, type OperationFile, readOperation } from './named-operation.ts'

const extension = '.graphql'

/** The named operations of one endpoint, by name. */
export class Catalogue {
  readonly operations: readonly NamedOperation[]

  constructor(operations: readonly NamedOperation[]) {
    this.operations = operations
  }

  /** Their documents, which are trusted ones. */
  get documents(): Manifest {
    return new Map(this.operations.map(({ text }) => [hashOf(text), text]))
  }
}

/** Where the operations of an endpoint are: those of an audience lie in a folder of its name. */
export function operationFolder(folder: string, audience: string | undefined): string {
  return audience === undefined ? folder : join(folder, audience)
}

/** Reads and validates the operations of a folder. Throws one error that lists every fault with its file. */
export async function readCatalogue(folder: string | undefined, schema: GraphQLSchema): Promise<Catalogue> {
  const faults: string[] = []
  const operations: NamedOperation[] = []
  for (const file of folder === undefined ? [] : await filesIn(folder)) {
    try {
      operations.push(readOperation(file, schema))
    } catch (error) {
      if (!(error instanceof OperationFaults)) throw error
      faults.push(...error.faults.map((fault) => `${join(folder ?? '', file.name)}: ${fault}`))
    }
  }
  faults.push(...doubledRoutes(operations))
  if (faults.length > 0) throw new Error(`The named operations have ${faults.length} fault(s):\n${listed(faults)}`)
  return new Catalogue(operations)
}

async function filesIn(folder: string): Promise<OperationFile[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((error: NodeJS.ErrnoException) => {
    // An audience need not have operations.
    if (error.code === 'ENOENT') return []
    throw error
  })
  const names = entries.filter((entry) => entry.isFile() && entry.name.endsWith(extension)).map(({ name }) => name)
  return Promise.all(names.sort().map(async (name) => ({ name, text: await readFile(join(folder, name), 'utf8') })))
}

function doubledRoutes(operations: readonly NamedOperation[]): string[] {
  const seen = new Map<string, string>()
  return operations.flatMap(({ name, rest }) => {
    if (!rest) return []
    const route = `${rest.method} ${rest.path.replace(/\{\w+\}/g, '{}')}`
    const other = seen.get(route)
    seen.set(route, name)
    return other === undefined ? [] : [`${name} and ${other} are both at ${rest.method} ${rest.path}`]
  })
}

function listed(faults: readonly string[]): string {
  return faults.map((fault) => `  - ${fault}`).join('\n')
}
