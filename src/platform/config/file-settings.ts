import { join } from 'node:path'
import { z } from 'zod'

const name = z.string().min(1)
const bucketUrl = /^s3:\/\/([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:\/(.*))?$/

/** Where the files of exports are. */
export const fileSettings = {
  BULK_FILES: name
    .refine((text) => !text.startsWith('s3:') || bucketUrl.test(text), {
      error: 'must be a folder, or s3://bucket/prefix',
    })
    .optional()
    .describe(
      'Where the files of `bulkExportCreate` are: a folder, or `s3://bucket/prefix` in a store that speaks S3. Several ' +
        'replicas need a folder that all of them have, or S3.',
    )
    .meta({ default: '`files` in `DATA_DIR`' }),
  S3_ENDPOINT: z
    .url({ protocol: /^https?$/ })
    .optional()
    .describe('The URL of the store, without the bucket.')
    .meta({ default: 'that of AWS in `S3_REGION`' }),
  S3_REGION: name.default('us-east-1').describe('The region of the bucket.'),
  S3_ACCESS_KEY_ID: name.optional().describe('The access key of the store. Required with `s3://`.'),
  S3_SECRET_ACCESS_KEY: name.optional().describe('The secret of that key. Required with `s3://`.'),
}

type Files = z.infer<z.ZodObject<typeof fileSettings>> & { DATA_DIR: string }

export interface BucketConfig {
  /** With the bucket in its path. */
  readonly url: string
  /** Empty, or with a slash at its end. */
  readonly prefix: string
  readonly region: string
  readonly accessKeyId: string
  readonly secretAccessKey: string
}

/** The folder or the bucket. */
export function filesOf(env: Files): { readonly folder: string } | { readonly bucket: BucketConfig } {
  const [, bucket, path = ''] = bucketUrl.exec(env.BULK_FILES ?? '') ?? []
  if (bucket === undefined) return { folder: env.BULK_FILES ?? join(env.DATA_DIR, 'files') }
  const { S3_REGION: region, S3_ACCESS_KEY_ID: accessKeyId = '', S3_SECRET_ACCESS_KEY: secretAccessKey = '' } = env
  const endpoint = (env.S3_ENDPOINT ?? `https://s3.${region}.amazonaws.com`).replace(/\/$/, '')
  const prefix = path === '' || path.endsWith('/') ? path : `${path}/`
  return { bucket: { url: `${endpoint}/${bucket}`, prefix, region, accessKeyId, secretAccessKey } }
}

/** What is missing for a bucket. */
export function missingForBucket(env: Record<string, string | undefined>): string[] {
  if (!bucketUrl.test(env.BULK_FILES ?? '')) return []
  return ['S3_ACCESS_KEY_ID', 'S3_SECRET_ACCESS_KEY'].filter((setting) => env[setting] === undefined)
}
