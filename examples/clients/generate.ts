import { exec } from 'node:child_process'
import { copyFile, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'

// Generates from ../../schema.graphql and the documents in each folder what the programs import, and the manifests for
// the server.
const cwd = import.meta.dirname
const manifests = join(cwd, 'manifests')

const run = (command: string) => promisify(exec)(command, { cwd })

await mkdir(manifests, { recursive: true })
await Promise.all([codegen(), relay(), run('node gql-tada/introspection.ts'), run('generate-persisted-query-manifest')])
console.log('Made what each client imports, and manifests/.')

async function codegen(): Promise<void> {
  await run('graphql-codegen --config codegen.ts')
  await copyFile(join(cwd, 'persisted-get/generated/persisted-documents.json'), join(manifests, 'persisted-get.json'))
}

async function relay(): Promise<void> {
  // The compiler extends this file, for versions that are still in use, and needs it to exist. Here it starts empty.
  await writeFile(join(manifests, 'relay.json'), '{}')
  await run('relay-compiler --repersist')
  await run('vite build --config relay/vite.config.ts --logLevel warn')
}
