import type { Viewer } from './viewer.ts'

/** Who may use a field, decided by the viewer alone: rows are the row policy's business. */
export interface Rule {
  /** One name, one rule: graphql-shield caches by it, and descriptions show it. */
  readonly name: string
  /** What the viewer must have, one of these; empty where nobody is turned away. */
  readonly needs: readonly Need[]
  readonly allows: (viewer: Viewer) => boolean
}

export type Need = { readonly kind: string } | { readonly scope: string }

/** Anyone, also without a token. Declared, not implied: a root field without a rule does not build. */
export const everyone: Rule = { name: 'everyone', needs: [], allows: () => true }

export function kind(name: string): Rule {
  return { name: `kind ${name}`, needs: [{ kind: name }], allows: (viewer) => viewer.kind === name }
}

export function scope(name: string): Rule {
  return { name: `scope ${name}`, needs: [{ scope: name }], allows: (viewer) => viewer.scopes.has(name) }
}

export function anyOf(...rules: Rule[]): Rule {
  return {
    name: rules.map((rule) => rule.name).join(' or '),
    needs: rules.flatMap((rule) => rule.needs),
    allows: (viewer) => rules.some((rule) => rule.allows(viewer)),
  }
}

/** What descriptions say of a rule, in the words of `viewer { kind scopes }`. */
export function sayNeeds({ needs }: Rule): string {
  return needs.map((need) => ('kind' in need ? `kind \`${need.kind}\`` : `scope \`${need.scope}\``)).join(' or ')
}
