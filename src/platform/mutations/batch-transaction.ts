import { Prisma } from '../../generated/prisma/client.ts'
import { type Model, propertyOf } from '../database/data-model.ts'
import { keyTextIn, withNewKey } from '../database/row-key.ts'
import type { LockedKey, Transaction } from '../database/transaction.ts'
import { type Call, type Group, type Input, NotTogether, type Plain, uniqueKeys } from './batch-call.ts'
import type { BatchStatements } from './batch-statements.ts'

/** What the transactions of all inputs share. */
interface Shared {
  readonly statements: BatchStatements
  /** A call of one input, which waits for those of the others. */
  call(input: Input, call: Pick<Call, 'group' | 'asked' | 'claims'>, send: Group['send']): Promise<unknown>
  /** Ends the transaction, unless the input only waits. Returns the error. */
  fail(error: unknown): unknown
}

/** The transaction as one input sees it. */
export function transactionOf(batch: Shared, input: Input): Transaction {
  // The properties have the names that the type has.
  return new InputTransaction(batch, input) as unknown as Transaction
}

class InputTransaction {
  readonly batch: Shared
  readonly input: Input

  constructor(batch: Shared, input: Input) {
    this.batch = batch
    this.input = input
  }

  $lockRows(text: string, keys: readonly LockedKey[]) {
    const { batch, input } = this
    const claims = { keys: keys.map((key) => `${text} ${key}`), isWrite: false }
    return batch.call(input, { group: `lock ${text}`, asked: keys, claims }, (calls) =>
      batch.statements.lock(text, calls),
    )
  }

  $writeRows(text: string, ...columns: readonly (readonly unknown[])[]) {
    const { batch, input } = this
    const call = { group: `write ${text}`, asked: columns, claims: undefined }
    return batch.call(input, call, (calls) => batch.statements.write(text, calls))
  }

  $withCommit(...writes: Promise<unknown>[]) {
    for (const write of writes) write.catch((error: unknown) => this.batch.fail(error))
  }

  get $zone() {
    return this.batch.statements.zone
  }

  $queryRaw() {
    return this.#refuse()
  }

  $queryRawUnsafe() {
    return this.#refuse()
  }

  $executeRaw() {
    return this.#refuse()
  }

  async #refuse(): Promise<never> {
    throw this.batch.fail(new NotTogether('a statement that is for one input'))
  }
}

for (const model of Object.values(Prisma.ModelName)) {
  Object.defineProperty(InputTransaction.prototype, propertyOf(model), {
    get(this: InputTransaction) {
      return new InputTable(this.batch, this.input, model)
    },
  })
}

/** One table as one input sees it. */
class InputTable {
  readonly #batch: Shared
  readonly #input: Input
  readonly #model: Model

  constructor(batch: Shared, input: Input, model: Model) {
    this.#batch = batch
    this.#input = input
    this.#model = model
  }

  async findUnique({ where, select }: { where: Plain; select: Plain }) {
    const [row] = await this.#find([where], select)
    return row ?? null
  }

  findMany({ anyOf, select }: { anyOf: readonly Plain[]; select: Plain }) {
    return this.#find(anyOf, select)
  }

  async count({ where }: { where: Plain }) {
    const rows = await this.#find([where], Object.fromEntries(Object.keys(where).map((field) => [field, true])))
    return rows.length
  }

  create({ data, select }: { data: Plain; select: Plain }) {
    const batch = this.#batch
    const row: Plain = withNewKey(this.#model, data)
    // Rows come back in any order, so nothing else tells which of them is whose.
    if (keyTextIn(this.#model, row) === undefined)
      throw batch.fail(new NotTogether('a row whose key the database gives'))
    const claims = { keys: uniqueKeys(this.#model, row), isWrite: true }
    const group = `create ${this.#model} ${named(data)} ${named(select)}`
    return batch.call(this.#input, { group, asked: { row, select }, claims }, (calls) =>
      batch.statements.create(this.#model, calls),
    )
  }

  createMany({ data }: { data: readonly Plain[] }) {
    const batch = this.#batch
    const group = `createMany ${this.#model} ${named(data[0] ?? {})}`
    const call = { group, asked: data, claims: undefined }
    return batch.call(this.#input, call, (calls) => batch.statements.createMany(this.#model, calls))
  }

  updateMany({ where, data }: { where: Plain; data: Plain }) {
    const batch = this.#batch
    const group = `update ${this.#model} ${named(where)} ${named(data)}`
    const keys = [...uniqueKeys(this.#model, where), ...uniqueKeys(this.#model, data)]
    const call = { group, asked: { where, data }, claims: { keys, isWrite: true } }
    return batch.call(this.#input, call, (calls) => batch.statements.update(this.#model, calls))
  }

  async #find(matches: readonly Plain[], select: Plain): Promise<Plain[]> {
    const batch = this.#batch
    const fields = matches.map((match) => named(match)).join(' or ')
    const group = `find ${this.#model} ${fields} ${named(select)}`
    const call = { group, asked: { matches, select }, claims: undefined }
    const found = await batch.call(this.#input, call, (calls) => batch.statements.find(this.#model, calls))
    return found as Plain[]
  }
}

function named(part: Plain): string {
  return Object.keys(part).join()
}
