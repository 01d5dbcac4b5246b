import { builder } from '../../platform/graphql/builder.ts'
import { encodeId, parseId } from '../../platform/graphql/ids.ts'
import { effectiveChanges, namedOptionalText, namedText, namesNothing } from '../../platform/mutations/changes.ts'
import { idempotencyKeyField } from '../../platform/mutations/idempotency-key-field.ts'
import { changesCatalog } from '../access.ts'
import { mutation, type Scope } from '../mutations.ts'
import { categoryUpdated } from './catalog-events.ts'
import { checkName, descriptionLimits, nameLimits } from './category-text.ts'

const CategoryUpdateInput = builder.inputType('CategoryUpdateInput', {
  description: 'What to change about a category; what is left out stays as it is.',
  fields: (t) => ({
    categoryId: t.id({ required: true, description: 'The category.' }),
    version: t.int({ required: true, description: 'The version that was seen.' }),
    name: t.string({ description: 'Its name, which no other category has.' }),
    description: t.string({ description: 'What belongs to it; null when there is nothing to say.' }),
    idempotencyKey: t.string({ description: idempotencyKeyField.optional }),
  }),
})

builder.mutationField('categoryUpdate', (t) =>
  t.field(
    mutation({
      name: 'categoryUpdate',
      description: 'Changes a part of the catalogue.',
      auth: changesCatalog,
      input: CategoryUpdateInput,
      idempotencyKey: 'optional',
      changes: { category: 'Category' },
      run: updateCategory,
    }),
  ),
)

async function updateCategory(input: typeof CategoryUpdateInput.$inferInput, scope: Scope) {
  const { tx, errors, emit } = scope
  const named = {
    name: namedText(errors, input.name, ['name'], nameLimits),
    description: namedOptionalText(errors, input.description, ['description'], descriptionLimits),
  }
  errors.refuseIfAny()
  if (namesNothing(named)) errors.refuse('NOTHING_TO_DO', [])
  const category = await currentCategory(scope, input)
  const { id, version } = category
  const changes = effectiveChanges(named, category)
  if (namesNothing(changes)) return { category: id }
  if (changes.name !== undefined) await checkName(tx, changes.name, errors, id)
  const data = { ...changes, version: { increment: 1 } }
  const { count } = await tx.category.updateMany({ where: { id, version }, data })
  if (count === 0) errors.refuseWith({ category: id }, 'CONFLICT', ['version'])
  emit(categoryUpdated, {
    id,
    payload: { categoryId: encodeId('Category', id), changed: Object.keys(changes) },
  })
  return { category: id }
}

async function currentCategory({ tx, errors }: Scope, input: typeof CategoryUpdateInput.$inferInput) {
  const id = parseId('Category', input.categoryId)
  const fields = { id: true, version: true, name: true, description: true } as const
  const category = id ? await tx.category.findUnique({ where: { id }, select: fields }) : null
  if (!category) return errors.refuse('CATEGORY_UNKNOWN', ['categoryId'])
  if (category.version !== input.version) return errors.refuseWith({ category: category.id }, 'CONFLICT', ['version'])
  return category
}
