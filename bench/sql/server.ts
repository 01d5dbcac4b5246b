// The lower bound: no GraphQL, one hand-written statement for each shape, and PostgreSQL makes the JSON.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import pg from 'pg'
import { z } from 'zod'
import { statementFor } from './statements.ts'

const pool = new pg.Pool({
  connectionString: process.env.DATABASE_URL,
  max: Number(process.env.DATABASE_POOL_SIZE),
})
const request = z.object({ operationName: z.string(), variables: z.unknown().optional() })
const row = z.tuple([z.string()])

async function answerTo({ operationName, variables }: z.infer<typeof request>): Promise<string> {
  if (operationName === 'Typename') return '{"data":{"__typename":"Query"}}'
  const statement = statementFor(operationName, variables)
  if (!statement) return '{"errors":[{"message":"No such operation."}]}'
  const result = await pool.query({ ...statement, rowMode: 'array' })
  return `{"data":${row.parse(result.rows[0])[0]}}`
}

function readQueryString(url: string) {
  const search = new URLSearchParams(url.slice(url.indexOf('?') + 1))
  return { operationName: search.get('operationName'), variables: JSON.parse(search.get('variables') ?? '{}') }
}

function handle(incoming: IncomingMessage, response: ServerResponse): void {
  let body = ''
  incoming.setEncoding('utf8')
  incoming.on('data', (chunk: string) => {
    body += chunk
  })
  incoming.on('end', () => {
    const asked = incoming.method === 'GET' ? readQueryString(incoming.url ?? '') : JSON.parse(body)
    answerTo(request.parse(asked)).then(
      (answer) => {
        response.writeHead(200, {
          'content-type': 'application/json; charset=utf-8',
          'content-length': Buffer.byteLength(answer),
        })
        response.end(answer)
      },
      (error: unknown) => {
        console.error(error)
        response.writeHead(500).end()
      },
    )
  })
}

const server = createServer(handle).listen(Number(process.env.PORT), process.env.HOST)
process.once('SIGTERM', () => {
  server.close()
  server.closeAllConnections()
  void pool.end()
})
