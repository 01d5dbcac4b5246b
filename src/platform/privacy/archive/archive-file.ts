import type { FileFacts, SafeFile } from '../../bulk/file-store.ts'
import { encodeId } from '../../graphql/ids.ts'

export const archiveMediaType = 'application/zip'

/** What downloads are told about the archive of a request. */
export function archiveFacts({ id, file }: { id: string; file: SafeFile }): FileFacts {
  return { name: file.name, savedAs: `${encodeId('PersonRequest', id)}.zip`, mediaType: archiveMediaType }
}
