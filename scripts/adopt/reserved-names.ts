/** Types of GraphQL, of the platform's schema and models, and of TypeScript, which a model must not be named like. */
const types = `
  Query Mutation Subscription String Int Float Boolean ID
  BigInt Byte CountryCode CurrencyCode Date DateTime Decimal Duration EmailAddress IP JSON JSONObject LocalTime MAC Time TimeZone UUID
  Node PageInfo SortDirection Change Changes Event EventTopic UserError UserErrorCode Viewer ViewerKind
  ApiKey AuditEvent AuditOutcome AuditTimeSpan
  BulkExport BulkExportCompression BulkExportFailure BulkExportFormat BulkExportState
  BulkImport BulkImportChunk BulkImportMode BulkImportState
  Webhook WebhookAttempt WebhookAttemptOutcome WebhookDelivery WebhookDeliveryState WebhookDisabledReason
  Dataset DomainEvent EventFeed FeedConsumer FeedRun FieldUse IdempotencyRecord PlacedEvent
  DateTimeRange DateRange DecimalRange IntRange BigIntRange FloatRange
  Prisma PrismaClient Model Record Partial Pick Omit Object Function Symbol Promise Map Set Array Error Buffer
  Number Proxy Reflect Math Infinity Undefined Null
`

const reservedTypes = new Set(types.trim().split(/\s+/))

/** What is added to the name of a model for the types beside it. */
const companions = [
  ...['Connection', 'Edge', 'Filter', 'Sort', 'SortField', 'Aggregate', 'Sums', 'Extremes', 'Change'],
  ...['Create', 'Update', 'Delete'].flatMap((verb) => [`${verb}Input`, `${verb}Payload`]),
]

/** Fields that every object of JavaScript has, or that a promise is known by. */
const reservedFields = new Set(['constructor', 'prototype', 'hasOwnProperty', 'toString', 'valueOf', 'toJSON', 'then'])

/** Prisma's conditions have these names. */
const operators = new Set(['AND', 'OR', 'NOT'])

/** Whether a field of a model must not have this name. */
function isReservedField(name: string): boolean {
  return reservedFields.has(name) || operators.has(name)
}

/** The names of types, each given once, together with those of the types beside it. */
export class TypeNames {
  readonly #taken = new Set(reservedTypes)

  /** The first of these names that nothing has. */
  take(candidates: readonly string[], kind: 'model' | 'enum'): string {
    const numbered = candidates.at(-1) ?? ''
    for (let at = 0; ; at++) {
      const name = candidates[at] ?? `${numbered}${at - candidates.length + 2}`
      if (withCompanions(name, kind).some((each) => this.#taken.has(each))) continue
      this.keep(name, kind)
      return name
    }
  }

  /** Something has this name already. */
  keep(name: string, kind: 'model' | 'enum'): void {
    for (const each of withCompanions(name, kind)) this.#taken.add(each)
  }
}

function withCompanions(name: string, kind: 'model' | 'enum'): string[] {
  return kind === 'model' ? [name, ...companions.map((companion) => name + companion)] : [name]
}

/** Names within one type. */
export class FieldNames {
  readonly #taken: Set<string>

  constructor(taken: Iterable<string> = []) {
    this.#taken = new Set(taken)
  }

  has(name: string): boolean {
    return this.#taken.has(name) || isReservedField(name)
  }

  /** The first of these names that is free, or the last with a number. */
  take(candidates: readonly string[]): string {
    const last = candidates.at(-1) ?? ''
    for (let at = 0; ; at++) {
      const name = candidates[at] ?? `${last}${at - candidates.length + 2}`
      if (this.has(name)) continue
      this.#taken.add(name)
      return name
    }
  }
}
