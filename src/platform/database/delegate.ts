import { type Model, type PolicedClient, propertyOf } from '../auth/row-policy.ts'

export type Row = Record<string, unknown>

/** What the platform's own fields need of any model, whichever it is. */
interface Delegate {
  findMany(args: object): Promise<Row[]>
  count(args: object): Promise<number>
}

/** The one place where a model is reached by its name: TypeScript cannot follow a union of all delegates. */
export function delegateOf(db: PolicedClient, model: Model): Delegate {
  return db[propertyOf(model)] as unknown as Delegate
}
