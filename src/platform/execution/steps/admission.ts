import type { ExecutionResult, GraphQLError } from 'graphql'
import type { Admission } from '../../admission/admission.ts'
import { retryLater } from '../../errors.ts'
import { currentScope, type RequestScope } from '../request-scope.ts'
import type { Step } from '../step.ts'

/** Events of streams and pages of exports are not shed: what has begun goes on. */
function isNew({ event, export: exported }: RequestScope): boolean {
  return event === undefined && exported === undefined
}

export function admission({ allowsCost, shed }: Pick<Admission, 'allowsCost' | 'shed'>): Step {
  /** Decided once: a request that one route hands over for its cost is not run by the other. */
  function isTooCostly(scope: RequestScope): boolean {
    if (!isNew(scope) || scope.cost === undefined) return false
    scope.isTooCostly ??= !allowsCost(scope.cost)
    return scope.isTooCostly
  }

  function refuse({ setResultAndStopExecution }: { setResultAndStopExecution: (result: ExecutionResult) => void }) {
    if (isTooCostly(currentScope())) setResultAndStopExecution({ errors: [overloaded(shed('costly'))] })
  }

  return {
    name: 'admission',
    about: 'Refuses the operations that cost most while the server has more to do than it can.',
    general: [{ onExecute: refuse, onSubscribe: refuse }],
    fast: { onOperation: ({ scope }) => (isTooCostly(scope) ? overloaded(shed('costly')) : undefined) },
  }
}

function overloaded(retryAfterSeconds: number): GraphQLError {
  const message = `The server has too much to do for an operation that costs this much; try again in ${retryAfterSeconds} s, or ask for less.`
  return retryLater('OVERLOADED', message, retryAfterSeconds)
}
