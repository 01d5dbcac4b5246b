import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import pg from 'pg'
import { z } from 'zod'
import type { Config } from '../../src/platform/config/config.ts'

/** A text in tagged inputs that must appear in the requested fields and nowhere else. */
export const planted = 'p1anted'

const found = z.object({ values: z.array(z.string()) })
const texts = z.array(z.string().nullable())
const columns = z.object({ values: texts, inParts: texts })
const kept = z.array(z.object({ kept: z.string() }))
const answer = z.object({ errors: z.array(z.unknown()).default([]), data: z.unknown().optional() })
const userErrors = z.object({ userErrors: z.array(z.object({ message: z.string().optional() })) })

/** Of an API key, longer than its hint, or of a webhook. */
const wholeSecret = /fdk_[\w-]{20,}|whsec_[A-Za-z0-9+/]{20,}/
/** PostgreSQL's code for a missing database, which some tests drop. */
const noDatabase = '3D000'

/**
 * Watches a world for its whole life: no log line, error, event or audit entry may contain an e-mail address, telephone
 * number, street, contact, title, recipient or postal code of its data, a planted text or a secret. Otherwise the world
 * fails to close.
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

/** The personal values of a template, read once for all its copies. */
const personalOf = new Map<string, Promise<RegExp>>()

async function personalIn(url: string): Promise<RegExp> {
  const values = await withClient(url, async (client) => {
    const { rows } = await client.query(
      `select array(
         select email_addr from commerce.crm_customer union select phone_no from commerce.crm_customer
         union select addr_street from commerce.crm_address union select st_street from commerce.so_header
       ) as values, array(
         select contact_nm from commerce.crm_customer union select contact_ttl from commerce.crm_customer
         union select recip_nm from commerce.crm_address union select addr_zip from commerce.crm_address
         union select st_recip_nm from commerce.so_header union select st_zip from commerce.so_header
         union select cancel_txt from commerce.so_header
       ) as "inParts"`,
    )
    const [{ values, inParts }] = z.tuple([columns]).parse(rows)
    // A single word or number ("Owner", "12209") may appear elsewhere with another meaning.
    const whole = inParts.filter((value) => value?.includes(' '))
    return [...values, ...whole].filter((value) => value !== null && value.length > 6)
  })
  const escaped = found.parse({ values }).values.map((value) => value.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&'))
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
    if (error instanceof pg.DatabaseError && error.code === noDatabase) return undefined
    throw error
  } finally {
    await client.end()
  }
}
