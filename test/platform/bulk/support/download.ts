import { gunzipSync, zstdDecompressSync } from 'node:zlib'
import { z } from 'zod'
import type { World } from '../../../support/world.ts'
import { type Caller, exportOf } from './export-job.ts'

/** The response to a request for the file of an export. */
export async function fetchFile(
  { url }: Pick<World, 'url'>,
  caller: Caller,
  id: string,
  init: RequestInit = {},
): Promise<Response> {
  const found = await exportOf(caller, id)
  if (found.url === null) throw new Error(`the export has no file: ${JSON.stringify(found)}`)
  return fetch(new URL(found.url, url), init)
}

/** The text of the file of an export. */
export async function fileText(
  world: Pick<World, 'url'>,
  caller: Caller,
  id: string,
  compression = 'NONE',
): Promise<string> {
  const response = await fetchFile(world, caller, id)
  const bytes = Buffer.from(await response.arrayBuffer())
  if (response.status !== 200) throw new Error(`${response.status}: ${bytes.toString()}`)
  return textIn(bytes, compression)
}

function textIn(bytes: Buffer, compression: string): string {
  if (compression === 'GZIP') return gunzipSync(bytes).toString()
  return compression === 'ZSTD' ? framesIn(bytes).join('') : bytes.toString()
}

const decompressed = z.object({ buffer: z.instanceof(Buffer), engine: z.object({ bytesWritten: z.number() }) })

/** Node stops behind the first frame of Zstandard, and says how many bytes that had. */
export function framesIn(bytes: Buffer): string[] {
  const { buffer, engine } = decompressed.parse(zstdDecompressSync(bytes, { info: true }))
  const rest = bytes.subarray(engine.bytesWritten)
  return [buffer.toString(), ...(rest.length > 0 ? framesIn(rest) : [])]
}
