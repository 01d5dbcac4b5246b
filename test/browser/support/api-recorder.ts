import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { text } from 'node:stream/consumers'
import { z } from 'zod'

const sentBody = z.record(z.string(), z.unknown())
/** Headers of the connection between client and recorder. */
const ofConnection = ['connection', 'content-length', 'host']
const named = z.object({ documentId: z.string() })

interface SentRequest {
  /** The name of the operation; undefined where it is none of the manifest. */
  operation: string | undefined
  /** The parts of the body. */
  parts: string[]
  headers: Headers
}

export type ApiRecorder = Awaited<ReturnType<typeof startApiRecorder>>

/** Stands between a client and the API, and remembers what the client sends. */
export async function startApiRecorder(apiUrl: string, manifest: string) {
  const documents = z.record(z.string(), z.string()).parse(JSON.parse(await readFile(manifest, 'utf8')))
  const requests: SentRequest[] = []
  let isAnswerLost = false
  const server = createServer(async (request, response) => {
    const body = await text(request)
    const parts = sentBody.parse(JSON.parse(body))
    const document = documents[named.safeParse(parts).data?.documentId ?? '']
    const headers = new Headers(Object.entries(request.headers).map(([name, value]) => [name, String(value)]))
    requests.push({ operation: /\w+ (\w+)/.exec(document ?? '')?.[1], parts: Object.keys(parts).sort(), headers })
    const passedOn = new Headers(headers)
    for (const name of ofConnection) passedOn.delete(name)
    const answer = await fetch(`${apiUrl}${request.url}`, { method: 'POST', headers: passedOn, body })
    const answered = await answer.text()
    if (isAnswerLost) {
      isAnswerLost = false
      response.destroy()
      return
    }
    for (const name of ['content-type', 'x-consistency-token']) {
      const value = answer.headers.get(name)
      if (value !== null) response.setHeader(name, value)
    }
    response.writeHead(answer.status).end(answered)
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('The recorder has no port.')
  return {
    url: `http://127.0.0.1:${address.port}`,
    requests,
    /** The operations that the client sends meanwhile. */
    async operationsOf(act: () => Promise<unknown>) {
      const before = requests.length
      await act()
      return requests.slice(before).map(({ operation }) => operation)
    },
    /** The API does the next request, and its answer does not arrive. */
    loseNextAnswer() {
      isAnswerLost = true
    },
    close() {
      server.closeAllConnections()
      server.close()
    },
  }
}
