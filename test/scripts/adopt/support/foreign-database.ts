import { randomUUID } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { inject } from 'vitest'
import { withClient } from '../../../../src/platform/database/with-client.ts'
import { databaseUrl, onServer } from '../../../support/database-server.ts'

/** A database that somebody else made: of a script of this folder, if one is named, and of further statements. */
export async function foreignDatabase(script?: 'chinook' | 'hostile' | 'library', ...statements: string[]) {
  const server = inject('server').url
  const name = `frontdoor_foreign_${randomUUID().replaceAll('-', '')}`
  await onServer(server, `create database ${name}`)
  const url = databaseUrl(server, name)
  const made = script === undefined ? [] : [await readFile(join(import.meta.dirname, `../${script}.sql`), 'utf8')]
  await onServer(url, ...made, ...statements)
  return {
    url,
    run: (...more: string[]) => onServer(url, ...more),
    with: <T>(use: Parameters<typeof withClient<T>>[1]) =>
      withClient(url, async (client) => {
        await client.query('set search_path = public')
        return use(client)
      }),
    [Symbol.asyncDispose]: () => onServer(server, `drop database if exists ${name} with (force)`),
  }
}

export type ForeignDatabase = Awaited<ReturnType<typeof foreignDatabase>>
