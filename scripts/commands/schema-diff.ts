import { existsSync } from 'node:fs'
import { copyFile, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { buildSchema, type GraphQLSchema } from 'graphql'
import { type Compatibility, compatibility, reasonsIn } from '../compatibility.ts'
import { bulletList } from '../markdown.ts'
import { breakingChanges, parseOpenApi } from '../open-api-compatibility.ts'
import { type Command, readOptions } from '../run-script.ts'

const usage = `npm run schema:diff                   fails where schema.graphql breaks clients of schema.released.graphql, or that of an
                                      audience those of its own, unless schema.changes.md says why; and so of openapi.json
npm run schema:diff -- --release      makes the contracts the released ones, and empties schema.changes.md
npm run schema:diff -- --begin        does so without a comparison: the contract of another domain begins
npm run schema:diff -- --in FOLDER    does so with the files of another folder`

const options = { release: { type: 'boolean' }, begin: { type: 'boolean' }, in: { type: 'string' } } as const

export const schemaDiff: Command = { usage, run }

async function run(args: string[]): Promise<string> {
  const { release, begin, in: given } = readOptions(options, args)
  const folder = given ?? join(import.meta.dirname, '../..')
  const contracts = await contractsIn(folder)
  const found = begin ? [] : await compareAll(folder, contracts)
  const violations = [
    ...found.flatMap(({ contract, result }) =>
      result.violations.map((sentence) => `${inContract(contract)}${sentence}`),
    ),
    ...(begin ? [] : await staleReasons(folder, found)),
  ]
  if (violations.length > 0) {
    const broken = found.filter(({ result }) => result.violations.length > 0).map(({ contract }) => contract.current)
    throw new Error(refusal(broken.length > 0 ? broken : ['schema.graphql'], violations))
  }
  if (!begin && !release) return found.map(({ contract, result }) => report(contract, result)).join('\n')
  await makeReleased(folder, contracts)
  return `${contracts.map(({ released, current }) => `${released} is ${current}`).join('; ')}; schema.changes.md is empty.`
}

/** What the contract of the whole schema changes of the released one. */
export async function compatibilityIn(folder: string): Promise<Compatibility> {
  return compare(folder, contractOf(undefined, schemaForm))
}

/** Contracts of one form: the schema, or the named operations over REST. */
interface Form {
  name: string
  extension: string
  compare(folder: string, contract: Contract): Promise<Compatibility>
}

const schemaForm: Form = { name: 'schema', extension: 'graphql', compare: compareSchemas }
const openApiForm: Form = { name: 'openapi', extension: 'json', compare: compareOpenApi }

/** The contract of the whole schema, or of the part that an audience sees. */
interface Contract {
  form: Form
  audience: string | undefined
  current: string
  released: string
}

function contractOf(audience: string | undefined, form: Form): Contract {
  const { name, extension } = form
  const base = audience === undefined ? name : `${name}.${audience}`
  return { form, audience, current: `${base}.${extension}`, released: `${base}.released.${extension}` }
}

/** Those that are there, and those that were released. */
async function contractsIn(folder: string): Promise<Contract[]> {
  const names = await readdir(folder)
  const audiences = new Set(
    names.flatMap((name) => /^(?:schema|openapi)\.(?!released\.)(\w+)\./.exec(name)?.[1] ?? []).sort(),
  )
  const isThere = ({ current, released }: Contract) => names.includes(current) || names.includes(released)
  const whole = contractOf(undefined, schemaForm)
  const others = [schemaForm, openApiForm].flatMap((form) =>
    [undefined, ...audiences].map((each) => contractOf(each, form)),
  )
  return [whole, ...others.filter((contract) => contract.current !== whole.current && isThere(contract))]
}

interface Found {
  contract: Contract
  result: Compatibility
}

async function compareAll(folder: string, contracts: readonly Contract[]): Promise<Found[]> {
  return Promise.all(contracts.map(async (contract) => ({ contract, result: await compare(folder, contract) })))
}

async function compare(folder: string, contract: Contract): Promise<Compatibility> {
  return contract.form.compare(folder, contract)
}

async function compareSchemas(folder: string, { audience, current, released }: Contract): Promise<Compatibility> {
  return compatibility({
    audience,
    released: await schemaIn(folder, released),
    current: await schemaIn(folder, current),
    reasons: await readReasons(folder),
    today: new Date().toISOString().slice(0, 10),
  })
}

async function compareOpenApi(folder: string, { current, released }: Contract): Promise<Compatibility> {
  const [before, after] = await Promise.all([released, current].map((file) => openApiIn(folder, file)))
  const reasons = await readReasons(folder)
  const found = before ? breakingChanges(before, after ?? { ...before, paths: {} }) : []
  const said = found.map(({ path, message }) => ({ path, sentence: `${path}: ${message}`, reason: reasons.get(path) }))
  return {
    violations: said.flatMap(({ sentence, reason }) => (reason === undefined ? [sentence] : [])),
    excused: said.flatMap(({ sentence, reason }) => (reason === undefined ? [] : [`${sentence}, since: ${reason}`])),
    dangerous: [],
    harmless: 0,
    broken: said.map(({ path }) => path),
  }
}

/** Undefined where there is none: operations are new, or gone. */
async function openApiIn(folder: string, file: string) {
  const text = await readFile(join(folder, file), 'utf8').catch(() => undefined)
  return text === undefined ? undefined : parseOpenApi(text)
}

async function schemaIn(folder: string, file: string): Promise<GraphQLSchema> {
  const text = await readFile(join(folder, file), 'utf8').catch(() => undefined)
  if (text !== undefined) return buildSchema(text)
  throw new Error(
    `There is no ${file}: npm run schema makes contracts, and npm run schema:diff -- --begin releases new ones.`,
  )
}

async function readReasons(folder: string): Promise<Map<string, string>> {
  return reasonsIn(await readFile(join(folder, 'schema.changes.md'), 'utf8'))
}

async function staleReasons(folder: string, found: readonly Found[]): Promise<string[]> {
  const broken = new Set(found.flatMap(({ result }) => result.broken))
  const stale = [...(await readReasons(folder)).keys()].filter((path) => !broken.has(path))
  return stale.map((path) => `${path}: schema.changes.md has a reason, and nothing there breaks clients`)
}

async function makeReleased(folder: string, contracts: readonly Contract[]): Promise<void> {
  for (const { current, released } of contracts) {
    if (existsSync(join(folder, current))) await copyFile(join(folder, current), join(folder, released))
    // Of an audience that is no more.
    else await rm(join(folder, released))
  }
  const changes = join(folder, 'schema.changes.md')
  const table = await readFile(changes, 'utf8')
  await writeFile(changes, table.replaceAll(/^\| `.*\n/gm, ''))
}

/** Paths of REST have their audience in them. */
function inContract({ audience, form }: Contract): string {
  return audience === undefined || form === openApiForm ? '' : `${audience}/`
}

function refusal(contracts: readonly string[], violations: readonly string[]): string {
  return `${contracts.join(', ')} ${contracts.length === 1 ? 'is' : 'are'} not compatible with the released schema:
${bulletList(violations)}

What must break gets a line in schema.changes.md, | \`Type.field\` | reason |; what was promised until a day stays until then.`
}

function report({ current, form }: Contract, { excused, dangerous, harmless }: Compatibility): string {
  const parts = [
    form === openApiForm
      ? `${current} is compatible with the released operations.`
      : `${current} is compatible with the released schema; ${harmless} changes harm nobody.`,
    excused.length > 0 && `These break clients, and may:\n${bulletList(excused)}`,
    dangerous.length > 0 && `Clients may stumble over these:\n${bulletList(dangerous)}`,
  ]
  return parts.filter((part) => part !== false).join('\n')
}
