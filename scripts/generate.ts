import { createHash } from 'node:crypto'
import { glob, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { generateClient } from './generate-client.ts'
import { onlyChecks, runScript } from './run-script.ts'

const usage = `npm run generate              makes the Prisma client and Pothos's types in src/generated from the models
npm run generate -- --check   fails where they were not current (and makes them so)`

const root = join(import.meta.dirname, '..')

await runScript(usage, async () => {
  const isCheck = onlyChecks()
  const before = await fingerprint()
  await generateClient(root)
  if (!isCheck) return console.log('Made src/generated.')
  if (before !== (await fingerprint())) throw new Error('src/generated was older than the models; it is current now.')
  console.log('src/generated is current.')
})

async function fingerprint(): Promise<string> {
  const hash = createHash('sha256')
  const paths = await Array.fromAsync(glob('src/generated/**/*.ts', { cwd: root }))
  for (const path of paths.sort()) hash.update(path).update(await readFile(join(root, path)))
  return hash.digest('hex')
}
