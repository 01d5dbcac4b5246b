import { builder } from '../../platform/graphql/builder.ts'
import { encodeId } from '../../platform/graphql/ids.ts'
import { idempotencyKeyField } from '../../platform/mutations/idempotency-key-field.ts'
import { optionalText, requiredText } from '../../platform/mutations/text-input.ts'
import { changesCatalog } from '../access.ts'
import { mutation, type Scope } from '../mutations.ts'
import { categoryCreated } from './catalog-events.ts'
import { checkName, descriptionLimits, nameLimits } from './category-text.ts'

const CategoryCreateInput = builder.inputType('CategoryCreateInput', {
  description: 'A part to add to the catalogue.',
  fields: (t) => ({
    name: t.string({ required: true, description: 'Its name, which no other category has.' }),
    description: t.string({ description: 'What belongs to it.' }),
    idempotencyKey: t.string({ description: idempotencyKeyField.optional }),
  }),
})

builder.mutationField('categoryCreate', (t) =>
  t.field(
    mutation({
      name: 'categoryCreate',
      description: 'Adds a part to the catalogue.',
      auth: changesCatalog,
      input: CategoryCreateInput,
      idempotencyKey: 'optional',
      changes: { category: 'Category' },
      run: createCategory,
    }),
  ),
)

async function createCategory(input: typeof CategoryCreateInput.$inferInput, { tx, errors, emit }: Scope) {
  const name = requiredText(errors, input.name, ['name'], nameLimits)
  const description = optionalText(errors, input.description, ['description'], descriptionLimits)
  errors.refuseIfAny()
  await checkName(tx, name, errors)
  const { id } = await tx.category.create({ data: { name, description }, select: { id: true } })
  emit(categoryCreated, {
    id,
    payload: { categoryId: encodeId('Category', id), name },
  })
  return { category: id }
}
