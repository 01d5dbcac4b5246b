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

async function answerTo(body: string): Promise<string> {
  const { operationName, variables } = request.parse(JSON.parse(body))
  if (operationName === 'Typename') return '{"data":{"__typename":"Query"}}'
  const statement = statementFor(operationName, variables)
  if (!statement) return '{"errors":[{"message":"No such operation."}]}'
  const result = await pool.query({ ...statement, rowMode: 'array' })
  return `{"data":${row.parse(result.rows[0])[0]}}`
}

function handle(incoming: IncomingMessage, response: ServerResponse): void {
  let body = ''
  incoming.setEncoding('utf8')
  incoming.on('data', (chunk: string) => {
    body += chunk
  })
  incoming.on('end', () => {
    answerTo(body).then(
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
