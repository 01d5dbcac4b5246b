import { type GraphQLSchema, isObjectType } from 'graphql'
import { z } from 'zod'
import type { PrismaClient } from '../../../generated/prisma/client.ts'
import { delegateOf } from '../../auth/delegate.ts'
import { fieldsOf, keyFieldsOf, type Model, type Row } from '../../database/data-model.ts'
import { keyTextIn, whereKey } from '../../database/row-key.ts'
import { encodeId } from '../../graphql/ids.ts'
import type { PersonalData, SubjectRow } from '../../privacy/map/personal-data.ts'
import { modelsOf, type SubjectModel, whereOf } from '../../privacy/map/subject-rows.ts'
import { personalFields } from '../erasure/erased-values.ts'
import { apiRow, type Json, plainJson } from './api-row.ts'
import type { ArchiveWriter } from './archive-writer.ts'

interface Parts {
  data: PersonalData
  schema: GraphQLSchema
  /** Of one moment. */
  client: PrismaClient
  writer: ArchiveWriter
  /** What is held of the person out of use, by model. */
  held: (model: string) => Promise<ReadonlyMap<string, { values: Readonly<Record<string, string>> }>>
  stopped: AbortSignal
}

const pageRows = 500

/**
 * Writes everything that is stored about a person into an archive: the rows of each model that lead to the person, as the API shows
 * them, what is held out of use, and what the platform itself has: events, audit entries, requests, exports.
 */
export class PersonArchive {
  readonly #parts: Parts
  readonly #subject: SubjectRow
  /** The keys of the rows that were written, by model. */
  readonly #keys = new Map<Model, string[]>()
  #rows = 0

  constructor(parts: Parts, subject: SubjectRow) {
    this.#parts = parts
    this.#subject = subject
  }

  /** Returns how many objects it has written. */
  async write(): Promise<number> {
    const { data, writer } = this.#parts
    const { type, key } = this.#subject
    const id = encodeId(type, key)
    writer.begin({ subjectType: type, subjectId: id })
    for (const of of [...modelsOf(data, type)].reverse()) await this.#model(of)
    await this.#platform(id)
    return this.#rows
  }

  async #model(of: SubjectModel): Promise<void> {
    const where = whereOf(of, whereKey(this.#subject.type, this.#subject.key))
    const shownAs = this.#shownAs(of)
    const keys: string[] = []
    this.#keys.set(of.model, keys)
    const shown = (row: Row) => {
      keys.push(keyTextIn(of.model, row) ?? '')
      return shownAs(row)
    }
    await this.#section(of.model, where, shown, toOneOf(of.model))
    const held = await this.#parts.held(of.model)
    if (held.size === 0) return
    this.#parts.writer.section(
      `${of.model}, held out of use`,
      'Values that nobody uses: by a restriction, or because a law keeps them.',
    )
    for (const [key, { values }] of held) this.#record({ id: encodeId(of.model, key), ...values })
  }

  /** The platform's own rows about the person. Who else of the company was involved stays untold. */
  async #platform(id: string): Promise<void> {
    const { type, key } = this.#subject
    const typed = (model: Model) => {
      const shown = this.#typed(model)
      return (row: Row) => withoutOthers(shown(row), id)
    }
    await this.#section('PersonRequest', { subjectType: type, subjectKey: key }, typed('PersonRequest'))
    await this.#events()
    const audited = [{ subjectIds: { has: id } }, { principalId: id }]
    await this.#section('AuditEvent', { OR: audited }, typed('AuditEvent'))
    await this.#section('BulkExport', { creatorId: id }, typed('BulkExport'))
    await this.#section('BulkImport', { principal: { endsWith: ` ${id}` } }, typed('BulkImport'))
    await this.#section('IdempotencyRecord', { principal: { endsWith: ` ${id}` } }, idempotencyJson)
  }

  /** What happened to the rows of the person, by the index of their events. */
  async #events(): Promise<void> {
    this.#parts.writer.section('Event', 'What happened, by ids and names.')
    for (const [aggregateType, keys] of this.#keys) {
      for (let from = 0; from < keys.length; from += pageRows) {
        const aggregateKey = { in: keys.slice(from, from + pageRows) }
        await this.#records('DomainEvent', { aggregateType, aggregateKey }, eventJson)
      }
    }
  }

  async #section(
    model: Model,
    where: object,
    shown: (row: Row) => { [name: string]: Json },
    include: Record<string, true> = {},
  ): Promise<void> {
    const { writer, schema } = this.#parts
    writer.section(model, schema.getType(model)?.description ?? '')
    await this.#records(model, where, shown, include)
  }

  async #records(
    model: Model,
    where: object,
    shown: (row: Row) => { [name: string]: Json },
    include: Record<string, true> = {},
  ): Promise<void> {
    const { client, writer, stopped } = this.#parts
    const orderBy = keyFieldsOf(model).map((field) => ({ [field]: 'asc' }))
    for (let skip = 0; ; skip += pageRows) {
      stopped.throwIfAborted()
      const joined = Object.keys(include).length > 0 ? { include } : {}
      const rows: Row[] = await delegateOf(client, model).findMany({ where, orderBy, skip, take: pageRows, ...joined })
      for (const row of rows) this.#record(shown(row))
      await writer.flush()
      if (rows.length < pageRows) return
    }
  }

  #record(record: { [name: string]: Json }): void {
    this.#rows++
    this.#parts.writer.record(record)
  }

  /** A row as the API shows it, with the personal columns that no field of the API shows. */
  #shownAs(of: SubjectModel): (row: Row) => { [name: string]: Json } {
    const typed = this.#typed(of.model)
    return (row) => {
      const shown = typed(row)
      const texts = JSON.stringify(shown)
      const hidden = personalFields(of).flatMap(([field]) => {
        const value = row[field]
        if (value === null || value === undefined || texts.includes(JSON.stringify(plainJson(value)))) return []
        return [[field, plainJson(value)] as const]
      })
      return { ...shown, ...Object.fromEntries(hidden) }
    }
  }

  #typed(model: Model): (row: Row) => { [name: string]: Json } {
    const type = this.#parts.schema.getType(model)
    return isObjectType(type) ? (row) => apiRow(type, row) : (row) => plainRow(model, row)
  }
}

/** The record without the ids of others than the person. */
function withoutOthers(record: { [name: string]: Json }, id: string): { [name: string]: Json } {
  const isOther = ([name, value]: [string, Json]) => /^(principal|requester)Id$/.test(name) && value !== id
  return Object.fromEntries(Object.entries(record).filter((entry) => !isOther(entry)))
}

/** The relations to one row, whose columns some fields need. */
function toOneOf(model: Model): Record<string, true> {
  const relations = [...fieldsOf(model)].filter(
    ([, field]) => field.kind === 'relation' && !field.isList && field.isRequired,
  )
  return Object.fromEntries(relations.map(([name]) => [name, true]))
}

/** A row of a model that the API does not show: the values of its fields, without keys of other rows. */
function plainRow(model: Model, row: Row): { [name: string]: Json } {
  const key = keyTextIn(model, row)
  const values = [...fieldsOf(model)].flatMap(([name, field]) => {
    const isValue = field.kind !== 'relation' && !field.isForeign && row[name] !== undefined
    return isValue ? [[name, plainJson(row[name])] as const] : []
  })
  return { ...Object.fromEntries(values), ...(key !== undefined && { id: encodeId(model, key) }) }
}

const eventRow = z.looseObject({
  id: z.string(),
  topic: z.string(),
  aggregateType: z.string(),
  aggregateKey: z.string(),
  actorKind: z.string(),
  occurredAt: z.date(),
  payload: z.unknown(),
})

function eventJson(row: Row): { [name: string]: Json } {
  const { id, topic, aggregateType, aggregateKey, actorKind, occurredAt, payload } = eventRow.parse(row)
  return {
    id: encodeId('Event', id),
    topic,
    subjectType: aggregateType,
    subjectId: encodeId(aggregateType, aggregateKey),
    actorKind,
    occurredAt: occurredAt.toISOString(),
    payload: plainJson(payload),
  }
}

function idempotencyJson({ key, field, createdAt }: Row): { [name: string]: Json } {
  return { key: plainJson(key), field: plainJson(field), createdAt: plainJson(createdAt) }
}
