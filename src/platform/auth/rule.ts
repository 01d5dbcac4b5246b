import type { Viewer } from './viewer.ts'

/** Who may use a field, decided by the viewer alone: rows are the row policy's business. */
export interface Rule {
  /** One name, one rule: graphql-shield caches by it, and descriptions show it. */
  readonly name: string
  readonly allows: (viewer: Viewer) => boolean
}

/** Anyone, also without a token. Declared, not implied: a root field without a rule does not build. */
export const everyone: Rule = { name: 'everyone', allows: () => true }

export function kind(name: string): Rule {
  return { name: `kind ${name}`, allows: (viewer) => viewer.kind === name }
}

export function scope(name: string): Rule {
  return { name: `scope ${name}`, allows: (viewer) => viewer.scopes.has(name) }
}

export function anyOf(...rules: Rule[]): Rule {
  return {
    name: rules.map((rule) => rule.name).join(' or '),
    allows: (viewer) => rules.some((rule) => rule.allows(viewer)),
  }
}
