import type { MutationScope } from '../run-mutation.ts'
import type { CommonCode, UserErrors } from '../user-errors.ts'
import type { RowCode } from './row-codes.ts'

export type RowErrors = Pick<UserErrors<RowCode | CommonCode>, 'add' | 'refuseIfAny' | 'refuse' | 'refuseWith'>

/** What the work on one row has. */
export type RowScope = MutationScope & { errors: RowErrors }
