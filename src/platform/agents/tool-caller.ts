import type { IncomingHttpHeaders } from 'node:http'
import type { Admission } from '../admission/admission.ts'
import { auditEntries } from '../audit/audit-entry.ts'
import type { AuditTrail } from '../audit/audit-trail.ts'
import type { Suspicion } from '../audit/suspicion.ts'
import type { Viewer } from '../auth/viewer.ts'
import type { Config } from '../config/config.ts'
import { codeOf, isHidden, publicError } from '../errors.ts'
import {
  type AgentCall,
  ExchangeRequest,
  ExchangeResponse,
  type GraphQLEndpoint,
  graphqlPathOf,
  type RequestFacts,
} from '../http/exchange.ts'
import { overloadedMessage } from '../http/overloaded.ts'
import { checkedKey } from '../mutations/idempotency.ts'
import type { Log } from '../observability/log.ts'
import type { Confirmations } from './confirmation.ts'
import type { Tool } from './tool.ts'
import { refusal, type ToolResult, toolResult } from './tool-result.ts'

export interface ToolCallerParts {
  audience: string | undefined
  endpoint: GraphQLEndpoint
  admission: Pick<Admission, 'enter' | 'shed'>
  config: Config
  confirmations: Confirmations
  trail: AuditTrail
  suspicion: Suspicion
  log: Log
}

/** Who calls, and how the call came. */
export interface Caller {
  viewer: Viewer
  headers: IncomingHttpHeaders
  facts: RequestFacts
}

type Arguments = Readonly<Record<string, unknown>>

/** Calls named operations for agents: with the rights of the caller, and with lower limits. */
export class ToolCaller {
  readonly #parts: ToolCallerParts

  constructor(parts: ToolCallerParts) {
    this.#parts = parts
  }

  async call(tool: Tool, given: Arguments, caller: Caller): Promise<ToolResult> {
    const { viewer, facts } = caller
    const { trail, suspicion } = this.#parts
    const { address, requestId } = facts
    suspicion.count('tool_calls', 1, { viewer, address, requestId })
    const result = await this.#perform(tool, given, caller).catch((error: unknown) => this.#refusalOf(error, requestId))
    const action = { action: 'toolCall', outcome: result.outcome, codes: result.codes }
    const operation = tool.operation.name
    for (const entry of auditEntries({ requestId, viewer, operation }, action)) trail.record(entry)
    return result
  }

  async #perform(tool: Tool, given: Arguments, caller: Caller): Promise<ToolResult> {
    const { idempotencyKey, confirmation, ...said } = given
    const variables = { ...tool.defaults, ...said }
    const unknown = Object.keys(given).find((name) => !Object.hasOwn(Object(tool.inputSchema.properties), name))
    if (unknown !== undefined) return misused(`There is no argument ${JSON.stringify(unknown.slice(0, 100))}.`)
    const key = idempotencyKey === undefined ? undefined : checkedKey(String(idempotencyKey))
    const run = (isDryRun: boolean) => this.#run(tool, { variables, idempotencyKey: key, isDryRun }, caller)
    if (!tool.operation.tool.destructive) return run(false)
    if (key === undefined)
      return refusal('IDEMPOTENCY_KEY_REQUIRED', '`idempotencyKey` is required, so that a retry does it once.')
    const call = { viewer: caller.viewer, tool: tool.name, idempotencyKey: key, variables }
    const { confirmations } = this.#parts
    if (confirmation === undefined) {
      const tried = await run(true)
      if (tried.isError || tried.shown.replayed === true) return tried
      return {
        ...tried,
        codes: ['DRY_RUN'],
        shown: { ...tried.shown, dryRun: true, confirmation: confirmations.give(call) },
      }
    }
    if (typeof confirmation === 'string' && confirmations.isGood(confirmation, call)) return run(false)
    return misused(
      'The confirmation is not for this call, or is older than ten minutes: call without one, and ask the person again.',
    )
  }

  /** The client of an agent would get the message of any error that is thrown. */
  #refusalOf(error: unknown, requestId: string): ToolResult {
    const shown = publicError(error)
    const code = codeOf(shown) ?? 'INTERNAL_SERVER_ERROR'
    if (isHidden(code)) this.#parts.log.error({ requestId, err: error }, 'failed')
    return refusal(code, shown.message)
  }

  async #run(
    { operation }: Tool,
    asked: { variables: Record<string, unknown>; idempotencyKey: string | undefined; isDryRun: boolean },
    { headers, facts }: Caller,
  ): Promise<ToolResult> {
    const { admission, endpoint, config } = this.#parts
    const deadline = facts.startedAt + config.transport.deadlineMs
    const place = await admission.enter('known', { deadline, signal: facts.signal })
    if (!place) return refusal('OVERLOADED', overloadedMessage(admission.shed('known')))
    const agent: AgentCall = { ...config.tools, isDryRun: asked.isDryRun }
    const request = new ExchangeRequest(this.#head(headers, asked.idempotencyKey), {
      ...facts,
      timeoutMs: config.transport.deadlineMs,
      place,
      named: { document: operation.tool.text, variables: asked.variables },
      agent,
    })
    const response = await endpoint.respond(request).finally(() => place.leave())
    if (response instanceof ExchangeResponse) return toolResult(operation, response)
    return refusal('INTERNAL_SERVER_ERROR', 'Unexpected error.')
  }

  #head({ authorization, traceparent }: IncomingHttpHeaders, idempotencyKey: string | undefined) {
    const headers = {
      authorization,
      traceparent,
      accept: 'application/graphql-response+json',
      'content-type': 'application/json',
      'idempotency-key': idempotencyKey,
    }
    return { method: 'POST', url: graphqlPathOf(this.#parts.audience), headers }
  }
}

function misused(message: string): ToolResult {
  return refusal('BAD_USER_INPUT', message)
}
