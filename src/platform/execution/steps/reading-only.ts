import { getOperationAST } from 'graphql'
import { switchedOff } from '../../errors.ts'
import type { Step } from '../step.ts'

/** The reads of a query are refused one by one, where they need a table of the platform. */
export function readingOnly(): Step {
  return {
    name: 'reading only',
    about: 'Refuses mutations and subscriptions where the database can only be read.',
    general: [
      {
        onParse:
          () =>
          ({ result, context }) => {
            if (!result || result instanceof Error) return
            const type = getOperationAST(result, context.params?.operationName)?.operation
            if (type === 'mutation') throw switchedOff('A mutation')
            if (type === 'subscription') throw switchedOff('A subscription')
          },
      },
    ],
    fast: { absent: 'No mutation and no subscription becomes a known document.' },
  }
}
