import type { Mutation } from '../../mutations/define-mutations.ts'
import { asksOrManages, type PersonOptions } from './person-options.ts'
import { defineRequestMutation } from './request-mutation.ts'

export function definePersonExport<Code extends string>(mutation: Mutation<Code>, options: PersonOptions): void {
  defineRequestMutation(mutation, options, {
    name: 'personExport',
    kind: 'EXPORT',
    auth: asksOrManages(options),
    subGraphs: options.subGraphs ?? [],
    whose: 'Whose data to export.',
    description:
      'Collects everything that is stored about a person in one archive (GDPR, articles 15 and 20): JSON with the names of this API, and ' +
      'a page to read. It runs as a job; `url` of the request then has the file.',
    holds: false,
  })
}
