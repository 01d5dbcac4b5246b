import type { Mutation } from '../../mutations/define-mutations.ts'
import { manages, type PersonOptions } from './person-options.ts'
import { defineRequestMutation } from './request-mutation.ts'

/** Adds `personRestrict` and `personRelease`, which takes it back. */
export function definePersonRestrict<Code extends string>(mutation: Mutation<Code>, options: PersonOptions): void {
  const forManagers = { auth: manages(options), subGraphs: [], holds: true }
  defineRequestMutation(mutation, options, {
    ...forManagers,
    name: 'personRestrict',
    kind: 'RESTRICTION',
    whose: 'Whose personal values to take out of use.',
    description:
      'Takes the personal values of a person out of use (GDPR, article 18): nobody reads them but in an export by those who ' +
      'handle requests, and `personRelease` puts them back.',
  })
  defineRequestMutation(mutation, options, {
    ...forManagers,
    name: 'personRelease',
    kind: 'RELEASE',
    whose: 'Whose personal values to put back.',
    description:
      'Ends a restriction: the values that it took out of use are put back. Values that came meanwhile stay.',
  })
}
