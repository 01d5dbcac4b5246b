import type { Step } from '../step.ts'

export function rules(): Step {
  return {
    name: 'rules',
    about: 'Denies fields whose rule the viewer does not meet.',
    general: { absent: 'graphql-shield wraps the fields of the schema.' },
    fast: {
      onOperation: ({ compiled, viewer }) =>
        compiled.rules.every((rule) => rule.allows(viewer)) ? undefined : 'hand over',
    },
  }
}
