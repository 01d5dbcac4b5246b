import 'server-only'
import { headers } from 'next/headers'
import { notFound, redirect } from 'next/navigation'
import type { TypedDocumentString } from '../gql/graphql.ts'
import { version } from '../package.json'
import { keepSeen, readSession } from './session.ts'

const endpoint = `${process.env.FRONTDOOR_URL ?? 'http://127.0.0.1:4000'}/graphql`
const timeoutMs = 10_000

/** Headers of the visitor's request that go on to the API: one id and one trace of a request in all logs. */
const passedOn = ['x-request-id', 'traceparent', 'tracestate']
// The visitor's address, for the API's limits. Without a proxy that writes it, visitors would choose theirs.
if (process.env.TRUST_PROXY === 'true') passedOn.push('x-forwarded-for')

interface Fault {
  message: string
  extensions: { code: string; requestId?: string }
}

/** Why the API did not do it: `code` is for programs. The message has the id that finds the line in the API's log. */
export class ApiError extends Error {
  readonly code: string

  constructor({ message, extensions: { code, requestId } }: Fault) {
    super(`${code}: ${message}${requestId ? ` (request ${requestId})` : ''}`)
    this.code = code
  }
}

type Outcome<Result> = { data: Result; error?: undefined } | { data?: undefined; error: ApiError }

/** For pages: the data, or the sign-in where the session has ended. Throws every other error, for error.tsx. */
export async function read<Result, Variables>(
  document: TypedDocumentString<Result, Variables>,
  variables: Variables,
): Promise<Result> {
  const { data, error } = await execute(document, variables)
  if (!error) return data
  if (error.code === 'UNAUTHENTICATED') redirect('/sign-in')
  if (error.code === 'INVALID_CURSOR') notFound()
  throw error
}

/** Executes a document of the manifest by its id: as the visitor who is signed in, or with the token that is given. */
export async function execute<Result, Variables>(
  document: TypedDocumentString<Result, Variables>,
  variables: Variables,
  givenToken?: string,
): Promise<Outcome<Result>> {
  const { token, seen } = await readSession()
  const sent = await headersFor(givenToken ?? token, seen)
  const { data, errors, written } = await send<Result>(sent, { documentId: document.__meta__?.hash, variables })
  if (written) await keepSeen(written)
  if (data && !errors) return { data }
  return { error: new ApiError(errors?.[0] ?? unavailable('There is no data.')) }
}

async function headersFor(token: string | undefined, seen: string | undefined): Promise<Headers> {
  const received = await headers()
  const sent = new Headers({
    'content-type': 'application/json',
    accept: 'application/graphql-response+json, application/json;q=0.9',
    'graphql-client-name': 'next',
    'graphql-client-version': version,
    'x-timeout-ms': String(timeoutMs),
  })
  if (token) sent.set('authorization', `Bearer ${token}`)
  if (seen) sent.set('x-consistency-token', seen)
  for (const name of passedOn) {
    const value = received.get(name)
    if (value) sent.set(name, value)
  }
  return sent
}

interface Answer<Result> {
  data?: Result | null
  errors?: Fault[]
  /** The consistency token of a mutation. */
  written?: string | null
}

async function send<Result>(headers: Headers, body: object): Promise<Answer<Result>> {
  try {
    const response = await fetch(endpoint, {
      method: 'POST',
      headers,
      body: JSON.stringify(body),
      // Each visitor has an answer of their own, so Next.js stores none.
      cache: 'no-store',
      signal: AbortSignal.timeout(timeoutMs),
    })
    return { ...(await response.json()), written: response.headers.get('x-consistency-token') }
  } catch (error) {
    // There was no answer, or a proxy's page instead of one.
    return { errors: [unavailable(String(error))] }
  }
}

function unavailable(message: string): Fault {
  return { message, extensions: { code: 'UNAVAILABLE' } }
}
