import type { Viewer } from './viewer.ts'

/** Who may use a field, decided by the viewer alone. Rows are the row policy's business. */
export interface Rule {
  /** One rule for each name: graphql-shield caches by it, and descriptions show it. */
  readonly name: string
  /** The viewer needs one of these; empty where nobody is denied. */
  readonly needs: readonly Need[]
  readonly allows: (viewer: Viewer) => boolean
}

export type Need = { readonly kind: string } | { readonly scope: string }

/** Everyone, also without a token. It is declared, because a root field without a rule does not build. */
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

/** The rule as descriptions show it, in terms of `viewer { kind scopes }`. */
export function sayNeeds({ needs }: Rule): string {
  return needs.map((need) => ('kind' in need ? `kind \`${need.kind}\`` : `scope \`${need.scope}\``)).join(' or ')
}
