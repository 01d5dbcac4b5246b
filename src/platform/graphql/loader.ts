import DataLoader from 'dataloader'
import type { Context } from '../context.ts'

/** A batch reads through the row policy like everything else. */
export type LoaderContext = Pick<Context, 'db' | 'viewer'>

/** How to find the values of many keys in one statement; a key that is missing in the answer gets the fallback. */
export interface LoaderDefinition<Key, Value> {
  batch: (keys: readonly Key[], context: LoaderContext) => Promise<ReadonlyMap<Key, Value>>
  fallback: Value
}

/** Beyond this a page is read in several statements: PostgreSQL takes 65,535 parameters in one. */
const maxBatchSize = 1000

/** The DataLoaders of one request, made when first asked for. */
export class Loaders {
  readonly #context: LoaderContext
  readonly #loaders = new Map<object, unknown>()

  constructor(context: LoaderContext) {
    this.#context = context
  }

  load<Key, Value>(definition: LoaderDefinition<Key, Value>, key: Key): Promise<Value> {
    return this.#loader(definition).load(key)
  }

  /** What was loaded is loaded anew: something was written. */
  forget(): void {
    this.#loaders.clear()
  }

  #loader<Key, Value>(definition: LoaderDefinition<Key, Value>): DataLoader<Key, Value> {
    const known = this.#loaders.get(definition)
    // The map's key is the definition the loader was made from, which fixes its types.
    if (known) return known as DataLoader<Key, Value>
    const loader = new DataLoader<Key, Value>(
      async (keys) => {
        const found = await definition.batch(keys, this.#context)
        return keys.map((key) => found.get(key) ?? definition.fallback)
      },
      { maxBatchSize },
    )
    this.#loaders.set(definition, loader)
    return loader
  }
}
