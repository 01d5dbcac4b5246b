import type { Mutation } from '../../mutations/define-mutations.ts'
import { subjectModels } from '../../privacy/map/personal-data.ts'
import { definePersonErase, definePersonEraseCancel } from './person-erase.ts'
import { definePersonExport } from './person-export.ts'
import type { PersonOptions } from './person-options.ts'
import { definePersonRequest } from './person-request.ts'
import { definePersonRestrict } from './person-restrict.ts'

/** Adds the rights of people to a domain's schema. A domain that names no people has none of it. */
export function definePersons<Code extends string>({
  mutation,
  ...options
}: PersonOptions & { mutation: Mutation<Code> }): void {
  if (subjectModels(options.data).length === 0) return
  definePersonRequest(options)
  definePersonExport(mutation, options)
  definePersonErase(mutation, options)
  definePersonEraseCancel(mutation, options)
  definePersonRestrict(mutation, options)
}
