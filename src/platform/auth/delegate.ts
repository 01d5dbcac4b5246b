import { type Model, propertyOf, type Row } from '../database/data-model.ts'

/** The operations that the platform's own fields need of any model. */
interface Delegate {
  findMany(args: object): Promise<Row[]>
  findUnique(args: object): Promise<Row | null>
  count(args: object): Promise<number>
}

/** The only place that reaches a model by its name: TypeScript cannot follow a union of all delegates. */
export function delegateOf(db: Readonly<Record<Uncapitalize<Model>, object>>, model: Model): Delegate {
  return db[propertyOf(model)] as unknown as Delegate
}
