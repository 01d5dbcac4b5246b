import type { CredentialVerifier } from '../auth/authenticate.ts'
import { switchedOff } from '../errors.ts'
import { isLikeSecret } from './secret.ts'

/** Where there is no table of keys. */
export const noKeys: CredentialVerifier & { accepts(credential: string): boolean } = {
  accepts: isLikeSecret,
  isKnown: () => false,
  viewer: () => {
    throw switchedOff('An API key')
  },
}
