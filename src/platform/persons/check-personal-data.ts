import { isDeepStrictEqual } from 'node:util'
import { type GraphQLSchema, isObjectType } from 'graphql'
import { Prisma } from '../../generated/prisma/client.ts'
import type { RowPolicies } from '../auth/row-policy.ts'
import { type DataField, fieldsOf, isModel, type Model } from '../database/data-model.ts'
import { isOfPlatform } from '../database/privileges.ts'
import { keySelection } from '../database/row-key.ts'
import { modelOf } from '../graphql/row-type.ts'
import {
  type PersonalColumn,
  type PersonalData,
  type PersonalModel,
  subjectModels,
} from '../privacy/map/personal-data.ts'
import { soundsPersonal } from '../privacy/map/sounds-personal.ts'
import { modelsOf, stepsOf, subjectRowsSql, toOne, whereOf } from '../privacy/map/subject-rows.ts'
import { sensitivityOf } from '../privacy/sensitivity.ts'
import { platformData, platformWithoutPeople } from './platform-data.ts'

interface Checked {
  data: PersonalData
  schema: GraphQLSchema
  rowPolicies: RowPolicies
}

/** What is wrong with a map of personal data, as sentences: nothing where it is whole. */
export function problemsOf({ data, schema, rowPolicies }: Checked): string[] {
  const models = Object.values(Prisma.ModelName).filter((model) => !isOfPlatform(model))
  const ofPaths = Object.keys(data.models)
    .filter(isModel)
    .flatMap((model) => pathProblems(data, model, data.models[model]))
  if (ofPaths.length > 0) return ofPaths
  return [
    ...subjectModels(data).flatMap((model) => subjectProblems(data, model)),
    ...models.flatMap((model) => {
      const personal: PersonalModel<string> | undefined = data.models[model]
      return personal ? mappedProblems(model, personal) : unmappedProblems(data, model)
    }),
    ...taggedProblems(data, schema),
    ...policyProblems(data, rowPolicies),
    ...platformProblems(),
  ]
}

function subjectProblems({ models }: PersonalData, model: Model): string[] {
  const personal: PersonalModel<string> | undefined = models[model]
  if (personal?.subject === model && personal.path === undefined) return []
  return [`${model} is a model of people: \`models\` needs its own entry with \`subject: '${model}'\` and no path`]
}

function mappedProblems(model: Model, personal: PersonalModel<string>): string[] {
  const { columns, impersonal = [] } = personal
  return [
    ...Object.entries(columns).flatMap(([name, column]) => (column ? columnProblems(model, name, column) : [])),
    ...[...fieldsOf(model)].flatMap(([name, field]) => {
      if (!saysSomething(field) || columns[name] || impersonal.includes(name)) return []
      return [
        `${model}.${name} is a text of ${personal.subject}, and has no entry: say in \`columns\` why it is held, or name it in \`impersonal\``,
      ]
    }),
  ]
}

function pathProblems({ subjects }: PersonalData, model: Model, personal: PersonalModel<string> | undefined): string[] {
  if (!personal) return []
  const { subject } = personal
  if (!isModel(subject)) return personal.path === undefined ? [] : [`${model}: \`path\` leads to a model of people`]
  if (!subjects[subject]) return [`${model}: ${subject} is no model of people`]
  try {
    let at: Model = model
    for (const step of stepsOf(personal)) at = toOne(at, step).model
    if (at !== subject) return [`${model}: the path "${personal.path ?? ''}" leads to ${at}, not to ${subject}`]
    subjectRowsSql({ model, personal })
    return []
  } catch (error) {
    return [error instanceof Error ? error.message : String(error)]
  }
}

function columnProblems(model: Model, name: string, { erased = null }: PersonalColumn<string, string>): string[] {
  const field = fieldsOf(model).get(name)
  if (!field || field.kind === 'relation') return [`${model}.${name} is no column`]
  if (field.isRequired && erased === null)
    return [`${model}.${name} is never null: say in \`erased\` what stands there after an erasure`]
  if (field.isUnique && typeof erased === 'string')
    return [`${model}.${name} is unique: \`erased\` must make a text of its mark`]
  return []
}

/** Rows that lead to a person belong to the map, also without a personal column. */
function unmappedProblems(data: PersonalData, model: Model): string[] {
  const leading = [...fieldsOf(model)].flatMap(([name, field]) => {
    const isKey = field.kind === 'relation' && !field.isList && field.isRequired && field.hasKey
    const target: PersonalModel<string> | undefined = isKey ? data.models[field.model] : undefined
    return target && isModel(target.subject)
      ? [`${model}.${name} leads to ${target.subject}: the map needs an entry for ${model}`]
      : []
  })
  const named = [...fieldsOf(model)].flatMap(([name, field]) => {
    const full = `${model}.${name}`
    const isKnown = Object.hasOwn(data.impersonal, full) || data.undecided?.includes(full)
    if (
      field.kind !== 'scalar' ||
      field.isForeign ||
      !soundsPersonal(name, { isText: field.type === 'String' }) ||
      isKnown
    )
      return []
    return [
      `${full} looks personal, and has no entry: add ${model} to \`models\`, or say in \`impersonal\` why it is not`,
    ]
  })
  return [...leading, ...named]
}

/** Texts and documents say something; ids, numbers, times and states do not by themselves. */
function saysSomething(field: DataField): boolean {
  if (field.kind !== 'scalar' || field.isForeign) return false
  if (field.type === 'Json' || field.type === 'Bytes') return true
  return field.type === 'String' && field.nativeType !== 'Uuid'
}

/** A field of the API that is tagged shows a column that has an entry. */
function taggedProblems({ models, impersonal, undecided = [] }: PersonalData, schema: GraphQLSchema): string[] {
  return Object.values(schema.getTypeMap()).flatMap((type) => {
    const model = isObjectType(type) ? modelOf(type) : undefined
    if (!isObjectType(type) || !isModel(model) || isOfPlatform(model)) return []
    const personal: PersonalModel<string> | undefined = models[model]
    return Object.values(type.getFields()).flatMap((field) => {
      const column = field.extensions.pothosExposedField
      if (sensitivityOf(field) === undefined || typeof column !== 'string') return []
      const isKnown =
        personal?.columns[column] ??
        personal?.impersonal?.includes(column) ??
        (Object.hasOwn(impersonal, `${model}.${column}`) || undecided.includes(`${model}.${column}`))
      return isKnown ? [] : [`${type.name}.${field.name} is tagged, and ${model}.${column} has no entry in the map`]
    })
  })
}

/** The rows that people see as their own are the rows that lead to them. */
function policyProblems(data: PersonalData, rowPolicies: RowPolicies): string[] {
  const { viewerOf } = data
  if (!viewerOf) return []
  return subjectModels(data).flatMap((type) => {
    const key = '00000000-0000-7000-8000-000000000001'
    const viewer = viewerOf({ type, key })
    return modelsOf(data, type).flatMap((of) => {
      const rows = rowPolicies[of.model]?.rows(viewer) ?? 'none'
      const expected = conditionsOf(of, key)
      if (rows === 'none' || expected.some((condition) => isDeepStrictEqual(rows, condition))) return []
      return [`${of.model}: the path "${of.personal.path ?? ''}" and the row policy lead to other rows`]
    })
  })
}

/** The condition over the person's row, and over the key that the row before it has. */
function conditionsOf(of: Parameters<typeof whereOf>[0], key: string): object[] {
  const { personal, model } = of
  const steps = stepsOf(personal)
  const ofPerson = Object.fromEntries(Object.keys(keySelection(personal.subject)).map((field) => [field, key]))
  const last = steps.at(-1)
  if (last === undefined) return [ofPerson]
  let at: Model = model
  for (const step of steps.slice(0, -1)) at = toOne(at, step).model
  const here = Object.fromEntries(toOne(at, last).link.here.map((field) => [field, key]))
  const before = { model, personal: { ...personal, path: steps.slice(0, -1).join('.') } }
  return [whereOf(of, ofPerson), whereOf(before, here)]
}

function platformProblems(): string[] {
  const known = new Set<string>([...Object.keys(platformData), ...platformWithoutPeople])
  return Object.values(Prisma.ModelName)
    .filter((model) => isOfPlatform(model) && !known.has(model))
    .map((model) => `${model} is a table of the platform, and platform-data.ts does not say what it has of people`)
}
