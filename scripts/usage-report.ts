import { type GraphQLSchema, isInterfaceType, isObjectType } from 'graphql'
import type { Database } from '../src/platform/database/client.ts'
import type { Deprecation } from './deprecations.ts'
import { UsageError } from './run-script.ts'

/** A part of the schema, with the reason of its deprecation, if any. */
export type Asked = Pick<Deprecation, 'kind' | 'path'> & { reason?: string | undefined }

type Client = Database['client']
type Use = Awaited<ReturnType<typeof usesOf>>[number]

/** `Type.field`, as the command line takes it. */
export function fieldNamed(schema: GraphQLSchema, path: string): Asked {
  const [typeName = '', name = '', ...more] = path.split('.')
  const type = schema.getType(typeName)
  const field = isObjectType(type) || isInterfaceType(type) ? type.getFields()[name] : undefined
  if (!field || more.length > 0) throw new UsageError(`The schema has no field '${path}'`)
  return { kind: 'field', path, reason: field.deprecationReason ?? undefined }
}

/** A paragraph for each field: which clients asked for it, how often, and when last. */
export async function usageReport(client: Client, asked: readonly Asked[]): Promise<string> {
  const uses = await usesOf(client, asked)
  const { _min } = await client.fieldUse.aggregate({ _min: { day: true } })
  const paragraphs = asked.map((part) => {
    const title = part.reason === undefined ? part.path : `${part.path}, deprecated: ${part.reason}`
    const own = uses.filter(({ field }) => field === part.path)
    return [title, ...(own.length > 0 ? own.map(said) : [nobody(part, _min.day)])].join('\n  ')
  })
  return paragraphs.join('\n\n')
}

function usesOf(client: Client, asked: readonly Asked[]) {
  return client.fieldUse.groupBy({
    by: ['field', 'clientName', 'clientVersion'],
    where: { field: { in: asked.filter(({ kind }) => kind === 'field').map(({ path }) => path) } },
    _sum: { times: true },
    _max: { day: true },
    orderBy: [{ _max: { day: 'desc' } }, { clientName: 'asc' }, { clientVersion: 'asc' }],
  })
}

function said({ clientName, clientVersion, _sum, _max }: Use): string {
  const who = `${nameOf(clientName)}${clientVersion === '' ? '' : ` ${clientVersion}`}`
  return `${who}: ${_sum.times} ×, last on ${dayOf(_max.day)}`
}

function nameOf(clientName: string): string {
  if (clientName === '*') return 'others, of more clients than are told apart'
  return clientName === '' ? 'clients without a name' : clientName
}

function nobody({ kind }: Asked, firstDay: Date | null): string {
  if (kind !== 'field') return `not known: of an ${kind} it is not counted who uses it`
  return firstDay
    ? `nobody since ${dayOf(firstDay)}, the first day that is known of`
    : 'not known: nothing is counted yet'
}

function dayOf(date: Date | null): string {
  return date?.toISOString().slice(0, 10) ?? ''
}
