import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { printContract } from '../src/platform/graphql/print-contract.ts'
import { schema } from '../src/schema.ts'
import { onlyChecks, runScript } from './run-script.ts'

const usage = `npm run schema              writes schema.graphql, the API's contract
npm run schema -- --check   fails where it is not what the code serves`

const path = join(import.meta.dirname, '../schema.graphql')

await runScript(usage, async () => {
  const isCheck = onlyChecks()
  const current = printContract(schema)
  if (!isCheck) {
    await writeFile(path, current)
    return console.log('Wrote schema.graphql.')
  }
  const committed = await readFile(path, 'utf8').catch(() => '')
  if (committed !== current)
    throw new Error('schema.graphql is not what the code serves: npm run schema, and read the diff.')
  console.log('schema.graphql is current.')
})
