import type { KnownDocuments } from '../known-documents.ts'
import { currentScope } from '../request-scope.ts'
import type { Step } from '../step.ts'

/** Comes after every check: a document that a check refuses stays unknown. */
export function knownDocuments(documents: KnownDocuments): Step {
  return {
    name: 'known documents',
    about: 'Makes the document known to the fast path, and takes over results with errors from it.',
    general: [
      {
        onExecute({ args: { document, contextValue }, setExecuteFn }) {
          const executed = documents.executed(currentScope())
          if (executed) return setExecuteFn(() => executed)
          const text: unknown = contextValue.params?.query
          if (typeof text === 'string') documents.learn(text, document)
        },
      },
    ],
    fast: { absent: 'The fast path looks the document up before its steps.' },
  }
}
