import { z } from 'zod'

/** The beginning of a file that is safe in its store, and what the store needs to go on behind it. */
export const safeFile = z.object({
  /** What the store calls it. */
  name: z.string(),
  bytes: z.number(),
  /** Of a multipart upload: its id, and number and tag of each part. */
  upload: z.object({ id: z.string(), parts: z.array(z.tuple([z.number(), z.string()])) }).optional(),
})
export type SafeFile = z.infer<typeof safeFile>

export interface NewFile {
  /** Differs with each run, so that a run that was taken for dead writes into no file of another. */
  readonly name: string
  readonly mediaType: string
}

/** What downloads are told about a file. */
export interface FileFacts {
  readonly name: string
  /** The name that it has where it is saved. */
  readonly savedAs: string
  readonly mediaType: string
}

/** Where the files of exports are: a folder, or a bucket. */
export interface FileStore {
  /** Makes a file, with what is safe of another one as its beginning. Undefined where the store no longer has that. */
  open(file: NewFile, from: SafeFile | undefined): Promise<FileWriter | undefined>
  /** A link by which the store itself sends the file, for so many seconds; undefined where the server sends it. */
  linkTo(file: FileFacts, seconds: number): Promise<string> | undefined
  /** The path of a file on this machine; undefined where it is not here. */
  pathOf(name: string): string | undefined
  /** Also of what is not whole. One that is gone is no error. */
  remove(file: SafeFile): Promise<void>
  /** Removes files that nobody has written to for so many days, and that no export knows any more. */
  removeOlder(days: number): Promise<void>
}

/** Writes one file, in one run of its export. */
export interface FileWriter {
  readonly safe: SafeFile
  /** Returns what is safe, where that is everything so far. */
  append(bytes: Uint8Array): Promise<SafeFile | undefined>
  /** Makes everything so far safe. */
  flush(): Promise<SafeFile>
  /** Makes it a whole file, once it is recorded as safe. Doing it again does nothing. */
  complete(): Promise<void>
  /** Leaves it as it is. */
  close(): Promise<void>
}
