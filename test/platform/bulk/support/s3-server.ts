import { createHash, createHmac, timingSafeEqual } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { buffer } from 'node:stream/consumers'

// The part of S3 that exports use, in memory: signatures (AWS Signature Version 4, in headers and in links), objects,
// multipart uploads and ranges. https://docs.aws.amazon.com/AmazonS3/latest/API/

const region = 'eu-test-1'
const bucket = 'exports'
const accessKeyId = 'ACCESS-KEY-OF-A-TEST'
export const secretAccessKey = 'c4n4ry-secret-of-the-store'
/** Of every part but the last. */
const leastPartBytes = 5 * 1024 * 1024

interface Upload {
  key: string
  parts: Map<number, Buffer>
}

class Refused extends Error {
  readonly status: number
  readonly code: string

  constructor(status: number, code: string) {
    super(code)
    this.status = status
    this.code = code
  }
}

/** A store that speaks S3, at an address of its own. */
export class S3Server implements AsyncDisposable {
  readonly objects = new Map<string, { body: Buffer; type: string }>()
  readonly uploads = new Map<string, Upload>()
  /** What was asked for: `PUT part 1`. */
  readonly requests: string[] = []
  /** How many requests are refused with 503 from now on. */
  unavailable = 0
  readonly #server = createServer((request, response) => void this.#respond(request, response))

  static async open(): Promise<S3Server> {
    const store = new S3Server()
    store.#server.listen(0, '127.0.0.1')
    await once(store.#server, 'listening')
    return store
  }

  /** The settings of a server that uses it. */
  get env(): Record<string, string> {
    return {
      BULK_FILES: `s3://${bucket}/some/where`,
      S3_ENDPOINT: this.url,
      S3_REGION: region,
      S3_ACCESS_KEY_ID: accessKeyId,
      S3_SECRET_ACCESS_KEY: secretAccessKey,
    }
  }

  get url(): string {
    const address = this.#server.address()
    if (address === null || typeof address === 'string') throw new Error('the store does not listen')
    return `http://127.0.0.1:${address.port}`
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections()
    this.#server.close()
    await once(this.#server, 'close')
  }

  async #respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await buffer(request)
    try {
      const url = new URL(request.url ?? '', this.url)
      checkSignature(request, url)
      if (this.unavailable > 0) {
        this.unavailable--
        throw new Refused(503, 'SlowDown')
      }
      this.#perform(request, url, body, response)
    } catch (error) {
      const { status, code } = error instanceof Refused ? error : new Refused(500, 'InternalError')
      const text = `<?xml version="1.0"?><Error><Code>${code}</Code><Message>${code}</Message></Error>`
      response.writeHead(status, { 'content-type': 'application/xml' }).end(text)
    }
  }

  #perform({ method, headers }: IncomingMessage, url: URL, body: Buffer, response: ServerResponse): void {
    const [, inBucket, ...path] = url.pathname.split('/')
    if (inBucket !== bucket) throw new Refused(404, 'NoSuchBucket')
    const key = decodeURIComponent(path.join('/'))
    const query = url.searchParams
    const part = query.get('partNumber')
    const what = part ? `part ${part}` : query.has('uploads') ? 'uploads' : query.has('uploadId') ? 'upload' : 'object'
    this.requests.push(`${method} ${what}`)
    switch (`${method} ${what.split(' ')[0]}`) {
      case 'PUT object':
        this.objects.set(key, { body, type: String(headers['content-type']) })
        response.writeHead(200, { etag: tagOf(body) }).end()
        break
      case 'POST uploads':
        this.#begin(key, response)
        break
      case 'PUT part':
        this.#upload(query, key).parts.set(Number(part), body)
        response.writeHead(200, { etag: tagOf(body) }).end()
        break
      case 'POST upload':
        this.#complete(query, key, body, response)
        break
      case 'DELETE upload':
        this.#upload(query, key)
        this.uploads.delete(query.get('uploadId') ?? '')
        response.writeHead(204).end()
        break
      case 'DELETE object':
        this.objects.delete(key)
        response.writeHead(204).end()
        break
      case 'GET object':
      case 'HEAD object':
        this.#send(key, headers.range, query, response)
        break
      default:
        throw new Refused(405, 'MethodNotAllowed')
    }
  }

  #begin(key: string, response: ServerResponse): void {
    const id = `upload-${this.requests.length}`
    this.uploads.set(id, { key, parts: new Map() })
    const text = `<InitiateMultipartUploadResult><Bucket>${bucket}</Bucket><Key>${key}</Key><UploadId>${id}</UploadId></InitiateMultipartUploadResult>`
    response.writeHead(200, { 'content-type': 'application/xml' }).end(text)
  }

  #upload(query: URLSearchParams, key: string): Upload {
    const upload = this.uploads.get(query.get('uploadId') ?? '')
    if (upload?.key !== key) throw new Refused(404, 'NoSuchUpload')
    return upload
  }

  #complete(query: URLSearchParams, key: string, body: Buffer, response: ServerResponse): void {
    const { parts } = this.#upload(query, key)
    const named = [
      ...body.toString().matchAll(/<PartNumber>(\d+)<\/PartNumber><ETag>(?:"|&quot;)?(\w+)(?:"|&quot;)?<\/ETag>/g),
    ]
    let last = 0
    const bodies = named.map(([, number, tag], at) => {
      const part = parts.get(Number(number))
      if (!part || tagOf(part) !== `"${tag}"`) throw new Refused(400, 'InvalidPart')
      if (Number(number) <= last) throw new Refused(400, 'InvalidPartOrder')
      if (at < named.length - 1 && part.length < leastPartBytes) throw new Refused(400, 'EntityTooSmall')
      last = Number(number)
      return part
    })
    if (bodies.length === 0) throw new Refused(400, 'MalformedXML')
    this.objects.set(key, { body: Buffer.concat(bodies), type: 'application/octet-stream' })
    this.uploads.delete(query.get('uploadId') ?? '')
    const text = `<CompleteMultipartUploadResult><Key>${key}</Key><ETag>"joined-${bodies.length}"</ETag></CompleteMultipartUploadResult>`
    response.writeHead(200, { 'content-type': 'application/xml' }).end(text)
  }

  #send(key: string, range: string | undefined, query: URLSearchParams, response: ServerResponse): void {
    const object = this.objects.get(key)
    if (!object) throw new Refused(404, 'NoSuchKey')
    const { body } = object
    const [, first, last] = /^bytes=(\d+)-(\d*)$/.exec(range ?? '') ?? []
    const start = Number(first ?? 0)
    if (start > body.length) throw new Refused(416, 'InvalidRange')
    const end = last ? Math.min(Number(last) + 1, body.length) : body.length
    response.writeHead(first === undefined ? 200 : 206, {
      'content-type': query.get('response-content-type') ?? object.type,
      'content-disposition': query.get('response-content-disposition') ?? '',
      'content-length': end - start,
      etag: tagOf(body),
    })
    response.end(body.subarray(start, end))
  }
}

function tagOf(body: Buffer): string {
  return `"${createHash('md5').update(body).digest('hex')}"`
}

function checkSignature({ method = '', headers }: IncomingMessage, url: URL): void {
  const link = url.searchParams
  const isLink = link.has('X-Amz-Signature')
  const [, credential = '', signed = '', signature = ''] = isLink
    ? ['', link.get('X-Amz-Credential') ?? '', link.get('X-Amz-SignedHeaders') ?? '', link.get('X-Amz-Signature') ?? '']
    : (/^AWS4-HMAC-SHA256 Credential=([^,]+), ?SignedHeaders=([^,]+), ?Signature=(\w+)$/.exec(
        headers.authorization ?? '',
      ) ?? [])
  const at = isLink ? (link.get('X-Amz-Date') ?? '') : String(headers['x-amz-date'])
  const payload = isLink ? 'UNSIGNED-PAYLOAD' : String(headers['x-amz-content-sha256'])
  const [keyId, ...scope] = credential.split('/')
  if (keyId !== accessKeyId) throw new Refused(403, 'InvalidAccessKeyId')
  if (scope.join('/') !== `${at.slice(0, 8)}/${region}/s3/aws4_request`)
    throw new Refused(403, 'AuthorizationHeaderMalformed')
  const sentAt = Date.parse(at.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z'))
  const ageMs = Date.now() - sentAt
  if (!(ageMs < (isLink ? Number(link.get('X-Amz-Expires')) * 1000 : 900_000))) throw new Refused(403, 'AccessDenied')
  if (!signed.split(';').includes('host')) throw new Refused(403, 'AccessDenied')
  const query = [...link]
    .filter(([name]) => name !== 'X-Amz-Signature')
    .map(([name, value]) => `${encoded(name)}=${encoded(value)}`)
    .sort()
    .join('&')
  const lines = signed.split(';').map((name) => `${name}:${String(headers[name]).trim()}\n`)
  const canonical = [method, url.pathname, query, lines.join(''), signed, payload].join('\n')
  const hash = createHash('sha256').update(canonical).digest('hex')
  const toSign = ['AWS4-HMAC-SHA256', at, scope.join('/'), hash].join('\n')
  const key = scope.reduce<Buffer>((under, part) => hmac(under, part), Buffer.from(`AWS4${secretAccessKey}`))
  const [right, given] = [hmac(key, toSign), Buffer.from(signature, 'hex')]
  if (given.length !== right.length || !timingSafeEqual(given, right)) throw new Refused(403, 'SignatureDoesNotMatch')
}

function hmac(key: Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest()
}

/** RFC 3986: everything but the unreserved characters. */
function encoded(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  )
}
