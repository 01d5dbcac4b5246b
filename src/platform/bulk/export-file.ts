import type { BulkExportCompression, BulkExportFormat } from '../../generated/prisma/enums.ts'
import type { ArchiveFile, ExportFile } from '../context.ts'
import { encodeId } from '../graphql/ids.ts'
import type { FileFacts } from './file-store.ts'
import { type Format, mediaTypes } from './row-format.ts'

interface Form {
  readonly format: BulkExportFormat
  readonly compression: BulkExportCompression
}

const compressions = {
  NONE: { ending: '', mediaType: undefined },
  GZIP: { ending: '.gz', mediaType: 'application/gzip' },
  ZSTD: { ending: '.zst', mediaType: 'application/zstd' },
} as const

/** As the writers of rows know it. */
export function formatOf(format: BulkExportFormat): { format: Format; asLines: boolean } {
  switch (format) {
    case 'NDJSON':
    case 'NDJSON_LINES':
      return { format: 'ndjson', asLines: format === 'NDJSON_LINES' }
    case 'CSV':
      return { format: 'csv', asLines: false }
    case 'XML':
      return { format: 'xml', asLines: false }
  }
}

export function mediaTypeOf({ format, compression }: Form): string {
  return compressions[compression].mediaType ?? mediaTypes[formatOf(format).format]
}

/** `.ndjson.gz` */
export function endingOf({ format, compression }: Form): string {
  return `.${formatOf(format).format}${compressions[compression].ending}`
}

export function factsOf(file: ExportFile): FileFacts {
  return {
    name: file.name,
    savedAs: `${encodeId('BulkExport', file.id)}${endingOf(file)}`,
    mediaType: mediaTypeOf(file),
  }
}

export const archiveMediaType = 'application/zip'

/** The archive of a request about a person. */
export function archiveFacts({ id, file }: { id: string; file: ArchiveFile }): FileFacts {
  return { name: file.name, savedAs: `${encodeId('PersonRequest', id)}.zip`, mediaType: archiveMediaType }
}
