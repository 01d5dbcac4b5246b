import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client'
import { z } from 'zod'
import type { World } from '../../../support/world.ts'

/** Revisions of the protocol: before 2026 a client begins with a handshake. */
export type Era = 'modern' | 'legacy'

/** An agent that is connected to the tools at a path, with a credential. */
export async function agent(world: World, path: string, credential: string | undefined, era: Era = 'modern') {
  const mode = era === 'modern' ? { pin: '2026-07-28' } : 'legacy'
  const client = new Client({ name: 'test-agent', version: '1.0' }, { versionNegotiation: { mode } })
  const headers: Record<string, string> = credential === undefined ? {} : { authorization: `Bearer ${credential}` }
  await client.connect(new StreamableHTTPClientTransport(new URL(`${world.url}${path}`), { requestInit: { headers } }))
  return client
}

const result = z.looseObject({
  isError: z.boolean().optional(),
  structuredContent: z.record(z.string(), z.unknown()).optional(),
  content: z.array(z.looseObject({ type: z.string(), text: z.string().optional() })),
})

/** What a call gave: the structured result, or the errors. */
export async function callTool(client: Client, name: string, given: Record<string, unknown> = {}) {
  const {
    isError = false,
    structuredContent,
    content,
  } = result.parse(await client.callTool({ name, arguments: given }))
  const texts = content.map(({ text = '' }) => text)
  const errors = isError ? errorList.parse(JSON.parse(texts[0] ?? '')).errors : []
  return { isError, shown: structuredContent ?? {}, texts, errors, codes: errors.map(({ code }) => code) }
}

const errorList = z.object({
  errors: z.array(z.looseObject({ code: z.string(), message: z.string(), argument: z.string().optional() })),
})
