import { withoutStack } from '../../errors.ts'
import { isServedType } from '../../http/accept.ts'
import type { ErrorMask } from '../error-mask.ts'
import type { Step } from '../step.ts'

/** Yoga masks errors that are thrown. Validation returns its errors instead, so they are masked here. */
export function errorCatalogue(mask: ErrorMask): Step {
  return {
    name: 'error catalogue',
    about: 'Gives each error its code and the request id, and hides what clients must not see.',
    general: [
      {
        onExecutionResult({ result }) {
          if (!result || !('errors' in result) || !result.errors) return
          result.errors = result.errors.map(mask)
        },
        // Yoga copies each error once more. The copy of a masked error needs no stack.
        onResultProcess({ request, result, resultProcessor, setResultProcessor }) {
          const accepted = request.headers.get('accept') ?? ''
          if (!resultProcessor || !isServedType(accepted) || !('errors' in result)) return
          setResultProcessor((...given) => withoutStack(() => resultProcessor(...given)), accepted)
        },
      },
    ],
    fast: { absent: 'A response with errors is handed over, and a refusal is masked by the fast path.' },
  }
}
