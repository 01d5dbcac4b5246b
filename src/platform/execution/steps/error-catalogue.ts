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
      },
    ],
    fast: { absent: 'A response with errors is handed over.' },
  }
}
