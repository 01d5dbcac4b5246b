import { randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import type { TestProject } from 'vitest/node'
import { loadDemo } from '../../prisma/demo/load.ts'
import { openEmbeddedDatabase } from '../../src/platform/database/embedded.ts'
import { Migrations } from '../../src/platform/database/migrations.ts'

declare module 'vitest' {
  export interface ProvidedContext {
    server: { url: string; templates: Record<'empty' | 'northwind', string> }
  }
}

/** Once a run: a PostgreSQL (ours, or TEST_DATABASE_URL) with two databases to clone, one migrated and one with data. */
export default async function setup({ provide }: TestProject) {
  const external = process.env.TEST_DATABASE_URL
  const dataDir = external ? undefined : await mkdtemp(join(tmpdir(), 'frontdoor-test-'))
  const embedded = dataDir ? await openEmbeddedDatabase({ dataDir, throwaway: true }) : undefined
  const url = external ?? embedded?.url ?? ''
  const run = randomUUID().slice(0, 8)
  const templates = { empty: `frontdoor_empty_${run}`, northwind: `frontdoor_northwind_${run}` }

  await onServer(url, `create database ${templates.empty}`)
  await new Migrations(databaseUrl(url, templates.empty), join(import.meta.dirname, '../../prisma')).apply()
  await onServer(url, `create database ${templates.northwind} template ${templates.empty}`)
  await loadDemo(databaseUrl(url, templates.northwind))
  provide('server', { url, templates })

  return async () => {
    for (const name of Object.values(templates)) await onServer(url, `drop database if exists ${name} with (force)`)
    await embedded?.stop()
    if (dataDir) await rm(dataDir, { recursive: true, force: true })
  }
}

export function databaseUrl(server: string, database: string): string {
  const url = new URL(server)
  url.pathname = `/${database}`
  return url.href
}

export async function onServer(url: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    await client.query(sql)
  } finally {
    await client.end()
  }
}
