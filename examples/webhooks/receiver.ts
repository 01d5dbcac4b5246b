import { createServer } from 'node:http'
import { Webhook } from 'standardwebhooks'

interface Message {
  type: string
  position: string | null
  data: Record<string, unknown>
}

const webhook = new Webhook(process.env.WEBHOOK_SECRET ?? '')
/** A real receiver keeps ids and position in its database, in the transaction that takes the message. */
const taken = new Set<string>()

createServer(async (request, response) => {
  const parts: Buffer[] = []
  for await (const part of request) parts.push(part)
  try {
    // Throws where the signature is wrong, or the message older than five minutes.
    const message = webhook.verify(Buffer.concat(parts), {
      'webhook-id': String(request.headers['webhook-id']),
      'webhook-timestamp': String(request.headers['webhook-timestamp']),
      'webhook-signature': String(request.headers['webhook-signature']),
    }) as Message
    take(String(request.headers['webhook-id']), message)
    response.writeHead(204).end()
  } catch {
    response.writeHead(400).end()
  }
})
  .listen(Number(process.env.PORT ?? 5000), '127.0.0.1')
  .on('listening', () => console.log('listening'))

/** A message may come again: its id tells. */
function take(id: string, { type, position, data }: Message): void {
  if (taken.has(id)) return
  taken.add(id)
  console.log(JSON.stringify({ type, position, data }))
}
