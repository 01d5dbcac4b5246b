import { demoStaff } from '../../prisma/demo/viewers.ts'
import { developmentToken } from '../../src/platform/auth/development-keys.ts'
import { parseConfig } from '../../src/platform/config/config.ts'
import { documents } from '../documents.ts'

/** A page that costs as much as five others. */
const large = documents.orders20.replace('first: 20', 'first: 100').replace('Orders20', 'Large')

const bodies = {
  list: { query: documents.list },
  product: { query: documents.product, variables: { sku: 'NW-0003' } },
  orders20: { query: documents.orders20 },
  large: { query: large },
}
export type Kind = keyof typeof bodies

/** The `Authorization` of the demo's administrator, for a server with this folder. */
export async function adminOf(dataDir: string): Promise<string> {
  const token = await developmentToken(dataDir, parseConfig({ NODE_ENV: 'test' }).auth, demoStaff('admin'))
  return `Bearer ${token}`
}

/** A whole request, head and body. */
export function requestOf(kind: Kind, authorization?: string): string {
  const body = JSON.stringify(bodies[kind])
  return [
    'POST /graphql HTTP/1.1',
    'host: frontdoor.test',
    'content-type: application/json',
    'accept: application/graphql-response+json',
    `content-length: ${Buffer.byteLength(body)}`,
    ...(authorization ? [`authorization: ${authorization}`] : []),
    '',
    body,
  ].join('\r\n')
}
