import { type Model, propertyOf, type Row } from '../database/data-model.ts'
import type { PolicedClient } from './row-policy.ts'

/** What the platform's own fields need of any model, whichever it is. */
interface Delegate {
  findMany(args: object): Promise<Row[]>
  findUnique(args: object): Promise<Row | null>
  count(args: object): Promise<number>
}

/** The one place where a model is reached by its name: TypeScript cannot follow a union of all delegates. */
export function delegateOf(db: PolicedClient, model: Model): Delegate {
  return db[propertyOf(model)] as unknown as Delegate
}
