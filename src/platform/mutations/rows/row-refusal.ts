import pg from 'pg'
import type { Model } from '../../database/data-model.ts'
import { physicalNames } from '../../database/physical-names.ts'
import type { RowErrors } from './row-scope.ts'

/** What a constraint of the table is about. */
export interface ConstraintRule {
  /** The inputs that it is about. */
  readonly on: readonly string[]
  /** What it demands, as a sentence. */
  readonly says?: string
}

interface Rules {
  readonly model: Model
  readonly constraints: Readonly<Record<string, ConstraintRule>>
  /** The input of a field. */
  inputOf(field: string): string
}

/**
 * Ends the mutation with a user error where PostgreSQL refused what it wrote: by a constraint, a type or a trigger. Its own
 * words are never told, because they name tables, columns and values. Any other error goes on as it is.
 */
export function refuseAsSaid(error: unknown, rules: Rules, errors: RowErrors): never {
  if (!(error instanceof pg.DatabaseError)) throw error
  const named = rules.constraints[error.constraint ?? '']
  const rule = named && named.on.length > 0 ? named : undefined
  const path = rule?.on.slice(0, 1) ?? []
  switch (error.code) {
    case '23505':
    case '23P01':
      return errors.refuse('TAKEN', path, rule && `Another ${phraseOf(rules.model)} has this ${listed(rule.on)}.`)
    case '23514':
      return errors.refuse('INVALID_VALUE', path, rule && (rule.says ?? notAllowed(rule.on)))
    case '23503':
      return named ? errors.refuse('NOT_FOUND', path) : errors.refuse('IN_USE', [])
    case '23001':
      return errors.refuse('IN_USE', [])
    case '23502':
      return errors.refuse('REQUIRED', inputOfColumn(rules, error.column), 'It cannot be left out or emptied.')
    case '22001':
      return errors.refuse('TOO_LONG', [])
    case '22003':
      return errors.refuse('OUT_OF_RANGE', [])
    default:
      return refuseByClass(error, errors)
  }
}

/** https://www.postgresql.org/docs/current/errcodes-appendix.html: data exceptions, and what triggers raise. */
function refuseByClass(error: pg.DatabaseError, errors: RowErrors): never {
  if (error.code?.startsWith('22')) return errors.refuse('INVALID_FORMAT', [])
  if (error.code === 'P0001') return errors.refuse('INVALID_VALUE', [], 'A rule of the table refuses this.')
  throw error
}

function inputOfColumn({ model, inputOf }: Rules, name: string | undefined): string[] {
  const found = [...physicalNames(model).columns].find(([, column]) => column === `"${name}"`)
  return found ? [inputOf(found[0])] : []
}

function notAllowed(inputs: readonly string[]): string {
  return inputs.length === 1 ? 'This value is not allowed.' : `These values do not go together: ${listed(inputs)}.`
}

/** `playlist track` */
export function phraseOf(model: Model): string {
  return model.replace(/(?<=[a-z0-9])[A-Z]/g, ' $&').toLowerCase()
}

export function listed(names: readonly string[]): string {
  const last = names.at(-1) ?? ''
  return names.length < 2 ? last : `${names.slice(0, -1).join(', ')} and ${last}`
}
