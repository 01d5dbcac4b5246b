import { developmentSecret } from './platform/auth/development-keys.ts'
import { type Config, ConfigError } from './platform/config/config.ts'
import { sealedNodeTypes } from './platform/graphql/node.ts'
import { sealIdsWith } from './platform/graphql/sealed-keys.ts'
import { schema } from './schema.ts'

/** Ids of a UUID key need no secret. */
export async function sealIds({ mode, idSecret, dataDir }: Config): Promise<void> {
  const sealed = sealedNodeTypes(schema)
  if (idSecret === undefined && mode === 'production' && sealed.length > 0)
    throw new ConfigError(`ID_SECRET: required in production, since it encrypts the keys of ${sealed.join(', ')}`)
  if (idSecret !== undefined || mode !== 'production') sealIdsWith(idSecret ?? (await developmentSecret(dataDir, 'id')))
}

/** Production has one only where it is set. */
export async function encryptionSecretOf({ mode, encryptionSecret, dataDir }: Config): Promise<string | undefined> {
  if (encryptionSecret !== undefined || mode === 'production') return encryptionSecret
  return developmentSecret(dataDir, 'encryption')
}
