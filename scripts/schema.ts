import { readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { printSubgraph } from '../src/platform/federation/print-subgraph.ts'
import { printContract } from '../src/platform/graphql/print-contract.ts'
import { audienceSchemas, schema, subgraphSchema } from '../src/schema.ts'
import { openApiFiles } from './open-api.ts'
import { readOptions, runScript } from './run-script.ts'

const usage = `npm run schema              writes schema.graphql, the API's contract, and schema.NAME.graphql for each audience; and
                            openapi.json, openapi.NAME.json, the contracts of named operations over REST
npm run schema -- --check   fails where one of them is not what the code serves
npm run -s schema -- --subgraph
                            prints the schema as the subgraph that FEDERATION=true serves, to compose a supergraph of`

const contractName = /^(schema\.\w+\.graphql|openapi(\.\w+)?\.json)$/
const folder = join(import.meta.dirname, '..')

await runScript(usage, async () => {
  const { check: isCheck, subgraph } = readOptions({ check: { type: 'boolean' }, subgraph: { type: 'boolean' } })
  if (subgraph) return console.log(printSubgraph(subgraphSchema()))
  const contracts = new Map([
    ['schema.graphql', printContract(schema)],
    ...[...audienceSchemas].map(([audience, part]) => [`schema.${audience}.graphql`, printContract(part)] as const),
    ...(await openApiFiles()),
  ])
  const names = [...contracts.keys()]
  // Of audiences that are no more.
  const others = (await readdir(folder)).filter((name) => contractName.test(name) && isStale(name, names))
  if (!isCheck) {
    for (const [name, text] of contracts) await writeFile(join(folder, name), text)
    for (const name of others) await rm(join(folder, name))
    return console.log(`Wrote ${names.join(', ')}.`)
  }
  for (const [name, text] of contracts) {
    const committed = await readFile(join(folder, name), 'utf8').catch(() => '')
    if (committed !== text) throw new Error(`${name} is not what the code serves: npm run schema, and read the diff.`)
  }
  if (others.length > 0) throw new Error(`There is no audience of ${others.join(', ')} any more: npm run schema.`)
  console.log(`${names.join(', ')} ${names.length === 1 ? 'is' : 'are'} current.`)
})

function isStale(name: string, current: readonly string[]): boolean {
  return !name.includes('.released.') && !current.includes(name)
}
