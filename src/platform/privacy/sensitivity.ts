import { type GraphQLSchema, isInputObjectType, isObjectType } from 'graphql'
import type { Rule } from '../auth/rule.ts'

/**
 * The kinds of sensitive values. A domain adds its own to this interface:
 * `declare module '…/platform/privacy/sensitivity.ts' { interface SensitivityNames { secretRecipe: true } }`.
 * @public
 */
export interface SensitivityNames {
  /** What the audit trail shows of other principals. */
  audit: true
}

/**
 * The one tag of a field or input: it brings the rule, keeps values out of logs and errors, and records each read in the
 * audit trail.
 */
export type Sensitivity = keyof SensitivityNames

/** The rule that each tag brings. */
export type Sensitivities = Readonly<Record<Sensitivity, Rule>>

interface Extended {
  readonly extensions: Readonly<Record<string, unknown>>
}

export function sensitivityOf({ extensions }: Extended): string | undefined {
  const options = extensions.pothosOptions
  if (typeof options !== 'object' || options === null || !('sensitivity' in options)) return undefined
  return typeof options.sensitivity === 'string' ? options.sensitivity : undefined
}

/** The rule of a field's tag, after `applySensitivities`. */
export function sensitivityRule({ extensions }: Extended): unknown {
  return extensions.sensitivityRule
}

/** Gives each tagged field the rule of its tag. Throws for a tag without a rule. */
export function applySensitivities(schema: GraphQLSchema, rules: Readonly<Record<string, Rule>>): void {
  for (const type of Object.values(schema.getTypeMap())) {
    if (!isObjectType(type) && !isInputObjectType(type)) continue
    for (const field of Object.values(type.getFields())) {
      const rule = ruleFor(`${type.name}.${field.name}`, field, rules)
      if (rule && 'args' in field) field.extensions = { ...field.extensions, sensitivityRule: rule }
      const args = 'args' in field ? field.args : []
      for (const argument of args) ruleFor(`${type.name}.${field.name}(${argument.name})`, argument, rules)
    }
  }
}

function ruleFor(name: string, tagged: Extended, rules: Readonly<Record<string, Rule>>): Rule | undefined {
  const sensitivity = sensitivityOf(tagged)
  if (sensitivity === undefined) return undefined
  const rule = Object.hasOwn(rules, sensitivity) ? rules[sensitivity] : undefined
  if (rule) return rule
  throw new Error(`${name} is tagged "${sensitivity}", and no rule says who reads that`)
}
