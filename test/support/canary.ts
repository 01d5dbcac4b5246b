import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { isObjectType } from 'graphql'
import pg from 'pg'
import { z } from 'zod'
import type { Config } from '../../src/platform/config/config.ts'
import { fieldsOf, isModel } from '../../src/platform/database/data-model.ts'
import { physicalNames } from '../../src/platform/database/physical-names.ts'
import { sensitivityOf } from '../../src/platform/privacy/sensitivity.ts'
import { schema } from '../../src/schema.ts'

/** A text in tagged inputs that must appear in the requested fields and nowhere else. */
export const planted = 'p1anted'

const kept = z.array(z.object({ kept: z.string() }))
const answer = z.object({ errors: z.array(z.unknown()).default([]), data: z.unknown().optional() })
const userErrors = z.object({ userErrors: z.array(z.object({ message: z.string().optional() })) })

/** Of an API key, longer than its hint, or of a webhook. */
const wholeSecret = /fdk_[\w-]{20,}|whsec_[A-Za-z0-9+/]{20,}/
/** PostgreSQL's codes for a missing database and a missing table, which some tests drop. */
const dropped = ['3D000', '42P01']

/**
 * Watches a world for its whole life: no log line, error, event or audit entry may contain a personal value of its data
 * (an e-mail address, a telephone number, a street, …), a planted text or a secret. Otherwise the world fails to close.
 */
export class Canary {
  readonly #databaseUrl: string
  readonly #personal: RegExp
  readonly #secrets = new Set<string>()
  readonly #seen: string[] = []

  private constructor(url: string, personal: RegExp) {
    this.#databaseUrl = url
    this.#personal = personal
    const { password } = new URL(url)
    if (password) this.#secrets.add(password)
  }

  static async on(url: string): Promise<Canary> {
    return new Canary(url, await personalIn(url))
  }

  /** Whether the world is an unchanged copy of this template. */
  static async onCopyOf(template: string, url: string): Promise<Canary> {
    const personal = personalOf.get(template) ?? personalIn(url)
    personalOf.set(template, personal)
    return new Canary(url, await personal)
  }

  /** The secrets that a server makes at its start. */
  async guards({ cursorSecret, dataDir }: Config): Promise<void> {
    this.#secrets.add(cursorSecret ?? (await readFile(join(dataDir, 'cursor-secret'), 'utf8')))
  }

  guardsToken(token: string): string {
    // The head of every token is the same, and no secret.
    for (const part of token.split('.').slice(1)) if (part.length > 20) this.#secrets.add(part)
    return token
  }

  guardsHeaders(headers: RequestInit['headers']): void {
    this.guardsToken(new Headers(headers).get('authorization') ?? '')
  }

  sees(where: string, text: string): void {
    const value = this.#personal.exec(text)?.[0] ?? wholeSecret.exec(text)?.[0]
    const secret = value ?? [...this.#secrets].find((known) => text.includes(known))
    if (secret !== undefined) this.#seen.push(`${where} holds "${secret}": ${text}`)
  }

  /** Returns the same response, with its errors checked. */
  async seesAnswer(response: Response): Promise<Response> {
    const text = await response.text()
    if (text.includes('"errors":') || text.includes('"userErrors":[{')) {
      const { errors, data } = answer.parse(JSON.parse(text))
      for (const error of errors) this.sees('an error', JSON.stringify(error))
      for (const message of messagesIn(data)) this.sees('a user error', message)
    }
    return new Response(text === '' ? null : text, response)
  }

  async seesWhatIsKept(): Promise<void> {
    const rows = await withClient(this.#databaseUrl, async (client) => {
      const outbox = await client.query('select event_doc::text as kept from platform.pf_outbox')
      const audit = await client.query('select row_to_json(a)::text as kept from platform.pf_audit a')
      return { outbox: kept.parse(outbox.rows), audit: kept.parse(audit.rows) }
    })
    for (const row of rows?.outbox ?? []) this.sees('an event', row.kept)
    for (const row of rows?.audit ?? []) this.sees('an audit entry', row.kept)
  }

  mustHaveSeenNothing(): void {
    if (this.#seen.length > 0) throw new Error(`what must be kept was told:\n${this.#seen.slice(0, 10).join('\n')}`)
  }
}

/** Values of these fields are unlike all other texts. */
const reaching = /e-?mail|phone|street/i

interface PersonalColumn {
  /** Of its field. */
  name: string
  table: string
  column: string
}

/** The columns of text behind the fields that are tagged as personal, and those of the same models named alike. */
const personalColumns: readonly PersonalColumn[] = findPersonalColumns()

function findPersonalColumns(): PersonalColumn[] {
  const tagged = Object.values(schema.getTypeMap()).flatMap((type) =>
    isObjectType(type) && isModel(type.name)
      ? Object.values(type.getFields())
          .filter((field) => sensitivityOf(field) === 'personal')
          .map((field) => ({ model: type.name, field: field.name }))
      : [],
  )
  const endings = tagged.map(({ field }) => field.toLowerCase())
  return [...new Set(tagged.map(({ model }) => model))].filter(isModel).flatMap((model) => {
    const { name: table, columns } = physicalNames(model)
    return [...columns].flatMap(([name, column]) => {
      const type = fieldsOf(model).get(name)
      const isText = type?.kind === 'scalar' && type.type === 'String' && !type.isList && !type.isForeign
      return isText && endings.some((ending) => name.toLowerCase().endsWith(ending)) ? [{ name, table, column }] : []
    })
  })
}

/** The personal values of a template, read once for all its copies. */
const personalOf = new Map<string, Promise<RegExp>>()

async function personalIn(url: string): Promise<RegExp> {
  const values = await withClient(url, async (client) => {
    const found: string[] = []
    for (const { name, table, column } of personalColumns) {
      const { rows } = await client.query(
        `select distinct ${column} as value from ${table} where ${column} is not null`,
      )
      const texts = z
        .array(z.object({ value: z.string() }))
        .parse(rows)
        .map(({ value }) => value)
      // A single word or number ("Owner", "12209") may appear elsewhere with another meaning.
      found.push(...(reaching.test(name) ? texts : texts.filter((text) => text.includes(' '))))
    }
    return found.filter((text) => text.length > 6)
  })
  const escaped = [...new Set(values)].map((value) => value.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&'))
  // Not within a longer text: four digits, a dash and four digits appear in many UUIDs.
  const whole = escaped.length === 0 ? '' : `(?<![\\w-])(?:${escaped.join('|')})(?![\\w-])|`
  return new RegExp(`${whole}${planted}`, 'iu')
}

function messagesIn(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return []
  const parsed = userErrors.safeParse(value)
  const own = parsed.success ? parsed.data.userErrors.flatMap(({ message }) => message ?? []) : []
  return [...own, ...Object.values(value).flatMap(messagesIn)]
}

async function withClient<T>(url: string, use: (client: pg.Client) => Promise<T>): Promise<T | undefined> {
  const client = new pg.Client({ connectionString: url })
  client.on('error', () => {})
  try {
    await client.connect()
    return await use(client)
  } catch (error) {
    if (error instanceof pg.DatabaseError && dropped.includes(error.code ?? '')) return undefined
    throw error
  } finally {
    await client.end()
  }
}
