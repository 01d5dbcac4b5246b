import { isDeepStrictEqual } from 'node:util'
import { fieldsOf, type Model, type Row } from '../../database/data-model.ts'
import { type Key, keyFrom, keySelection, keyText, keyTextIn, whereKey } from '../../database/row-key.ts'
import type { Topic } from '../../events/topic.ts'
import { encodeId, parseId } from '../../graphql/ids.ts'
import type { Limits } from './limits.ts'
import { namedReferences, notFound } from './row-references.ts'
import { type ConstraintRule, listed, refuseAsSaid } from './row-refusal.ts'
import type { RowScope } from './row-scope.ts'
import { type RowState, referring, settled, stateOf, tableOf } from './row-statements.ts'
import { namedValues } from './row-values.ts'
import { nextVersion, type RowVersion, sameVersion } from './row-version.ts'
import { isVisible, type SeenRows } from './visible-row.ts'

/** How the rows of one table are written. */
export interface RowRules<M extends Model, One extends string> {
  readonly model: M
  /** The row in payloads, and before `Id` in inputs: `artist`. */
  readonly one: One
  readonly policies: SeenRows
  /** Told of every write, with the id, the kind of change and the changed fields. */
  readonly topic: Topic
  /** The input with the id of the row, where it is not `artistId`. */
  readonly id?: string
  /** The relations of a row, by the inputs that name the other row: `{ albumId: 'album' }`. */
  readonly references?: Readonly<Record<string, string>>
  /** The fields of inputs that have another name than their field. */
  readonly inputs?: Readonly<Record<string, string>>
  /** What the table says of single values beside their types, by input. */
  readonly limits?: Readonly<Record<string, Limits>>
  /** What its constraints are about, by their names in PostgreSQL. */
  readonly constraints?: Readonly<Record<string, ConstraintRule>>
  readonly version?: RowVersion
  /** Whether rows are updated at all. */
  readonly isUpdated?: boolean
  /** The relations whose rows keep a row from being deleted, with what people call those rows. */
  readonly keptBy?: Readonly<Record<string, string>>
}

type Written<M extends Model, One extends string> = Promise<{ [Name in One]: Key<M> }>

/**
 * The work of the mutations that create, update and delete the rows of one table: a domain's own mutations are the better
 * way wherever a write means something. The checks are those of the table, told as errors of the input. What the input
 * leaves out, and what the table changes on its own, is as the database has it.
 */
export class RowWrites<M extends Model, One extends string> {
  readonly #rules: RowRules<M, One>
  readonly #idInput: string

  constructor(rules: RowRules<M, One>) {
    this.#rules = rules
    this.#idInput = rules.id ?? `${rules.one}Id`
  }

  readonly create = async (input: object, scope: RowScope): Written<M, One> => {
    const { model, version } = this.#rules
    const data = await this.#named(input, scope, {})
    scope.errors.refuseIfAny()
    if (Object.keys(data).length === 0) scope.errors.refuse('NOTHING_TO_DO', [])
    if (version?.isGiven)
      data[version.field] = nextVersion(model, version, { row: undefined, now: scope.now, zone: scope.tx.$zone })
    const row = await this.#guarded(scope, () => tableOf(scope.tx, model).create({ data, select: keySelection(model) }))
    const key = keyTextIn(model, row)
    if (key === undefined) throw new Error(`A new ${model} has no key`)
    await this.#settle(scope, key)
    return this.#told(scope, key, 'INSERTED', [])
  }

  readonly update = async (input: object, scope: RowScope): Written<M, One> => {
    const { model, version } = this.#rules
    const key = this.#keyIn(input, scope)
    const before = await this.#current(input, scope, key)
    const data = await this.#named(input, scope, { ...whereKey(model, key) })
    scope.errors.refuseIfAny()
    if (Object.keys(data).length === 0) scope.errors.refuse('NOTHING_TO_DO', [])
    if (version)
      data[version.field] = nextVersion(model, version, { row: before, now: scope.now, zone: scope.tx.$zone })
    await this.#guarded(scope, () => tableOf(scope.tx, model).updateMany({ where: whereKey(model, key), data }))
    await this.#settle(scope, key)
    const changed = this.#changed(before, await stateOf(scope.tx, model, key))
    return this.#told(scope, key, 'UPDATED', changed)
  }

  readonly remove = async (input: object, scope: RowScope): Written<M, One> => {
    const { model } = this.#rules
    const key = this.#keyIn(input, scope)
    await this.#current(input, scope, key)
    await this.#refuseKept(scope, key)
    const remove = () => tableOf(scope.tx, model).deleteMany({ where: whereKey(model, key) })
    const { count } = await this.#guarded(scope, remove)
    if (count === 0) this.#refuseUnknown(scope)
    await this.#guarded(scope, () => settled(scope.tx))
    return this.#told(scope, key, 'DELETED', [])
  }

  async #named(input: object, scope: RowScope, fixed: Row): Promise<Row> {
    const { model, policies, inputs = {}, limits = {}, references = {}, version } = this.#rules
    const others = new Set([this.#idInput, ...Object.keys(references), ...(version ? [version.input] : [])])
    const values = namedValues({ model, inputs, limits, others }, input, scope.errors)
    return {
      ...values,
      ...(await namedReferences({ model, policies, references }, input, scope, { ...fixed, ...values })),
    }
  }

  #keyIn(input: object, scope: RowScope): string {
    const { model } = this.#rules
    const key = parseId(model, String(Reflect.get(input, this.#idInput)))
    return key === undefined ? this.#refuseUnknown(scope) : keyText(model, key)
  }

  /** The row as it is, locked, where the viewer sees it and it has the version that the caller saw. */
  async #current(input: object, scope: RowScope, key: string): Promise<RowState> {
    const { model, policies, one, version, isUpdated = true } = this.#rules
    const row = await stateOf(scope.tx, model, key, { locked: isUpdated })
    if (!row || !(await isVisible(scope, policies, model, key))) return this.#refuseUnknown(scope)
    if (version && !sameVersion(model, version, { row, input, zone: scope.tx.$zone }))
      scope.errors.refuseWith({ [one]: key }, 'CONFLICT', [version.input])
    return row
  }

  #refuseUnknown({ errors }: RowScope): never {
    return errors.refuse('NOT_FOUND', [this.#idInput], notFound(this.#rules.model))
  }

  /** Names only what the viewer may see something of. */
  async #refuseKept({ tx, errors, viewer }: RowScope, key: string): Promise<void> {
    const { model, policies, keptBy = {} } = this.#rules
    const uses = await referring(tx, model, key, Object.keys(keptBy))
    if (uses.length === 0) return
    const named = uses.filter((relation) => {
      const field = fieldsOf(model).get(relation)
      return field?.kind === 'relation' && (policies[field.model]?.rows(viewer) ?? 'none') !== 'none'
    })
    const phrases = named.map((relation) => keptBy[relation] ?? relation)
    const message = phrases.length === 0 ? undefined : `Still refer to it: ${listed(phrases)}.`
    errors.refuse('IN_USE', [this.#idInput], message)
  }

  async #settle(scope: RowScope, key: string): Promise<void> {
    const { model, policies } = this.#rules
    await this.#guarded(scope, () => settled(scope.tx))
    if (!(await isVisible(scope, policies, model, key))) scope.errors.refuse('NOT_VISIBLE', [])
  }

  async #guarded<T>(scope: RowScope, write: () => Promise<T>): Promise<T> {
    const { model, constraints = {} } = this.#rules
    try {
      return await write()
    } catch (error) {
      return refuseAsSaid(error, { model, constraints, inputOf: (field) => this.#inputOf(field) }, scope.errors)
    }
  }

  #inputOf(field: string): string {
    const renamed = Object.entries(this.#rules.inputs ?? {}).find(([, name]) => name === field)
    const reference = Object.entries(this.#rules.references ?? {}).find(([, relation]) =>
      this.#columnsOf(relation).includes(field),
    )
    return renamed?.[0] ?? reference?.[0] ?? field
  }

  #columnsOf(relation: string): readonly string[] {
    const field = fieldsOf(this.#rules.model).get(relation)
    return field?.kind === 'relation' ? (field.link?.here ?? []) : []
  }

  /** The fields of the API that differ, also those that the table itself has changed. */
  #changed(before: RowState, after: RowState | undefined): string[] {
    const differing = Object.keys(before).filter((field) => !isDeepStrictEqual(before[field], after?.[field]))
    const relations = [...fieldsOf(this.#rules.model)].filter(([, field]) => field.kind === 'relation' && !field.isList)
    return [...new Set(differing.map((field) => relations.find(([name]) => this.#leads(name, field))?.[0] ?? field))]
  }

  #leads(relation: string, field: string): boolean {
    return Object.values(this.#rules.references ?? {}).includes(relation) && this.#columnsOf(relation).includes(field)
  }

  async #told(
    { emit }: RowScope,
    key: string,
    change: 'INSERTED' | 'UPDATED' | 'DELETED',
    changed: string[],
  ): Written<M, One> {
    const { model, one, topic } = this.#rules
    if (change !== 'UPDATED' || changed.length > 0)
      emit(topic, { id: key, payload: { [`${one}Id`]: encodeId<Model>(model, key), change, changed } })
    // The only property has this name.
    return { [one]: keyFrom(model, key) } as { [Name in One]: Key<M> }
  }
}
