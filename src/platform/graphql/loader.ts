import DataLoader from 'dataloader'
import type { LoaderContext, LoaderDefinition, Loaders } from '../context.ts'

/** A larger batch becomes several statements: PostgreSQL takes at most 65,535 parameters in one. */
const maxBatchSize = 1000

/** The DataLoaders of one request, each made on first use. */
export class DataLoaders implements Loaders {
  readonly #context: LoaderContext
  readonly #loaders = new Map<object, unknown>()

  constructor(context: LoaderContext) {
    this.#context = context
  }

  load<Key, Value>(definition: LoaderDefinition<Key, Value>, key: Key): Promise<Value> {
    return this.#loader(definition).load(key)
  }

  forget(): void {
    this.#loaders.clear()
  }

  #loader<Key, Value>(definition: LoaderDefinition<Key, Value>): DataLoader<Key, Value> {
    const known = this.#loaders.get(definition)
    // The key of the map is the definition, which fixes the loader's types.
    if (known) return known as DataLoader<Key, Value>
    const loader = new DataLoader<Key, Value>(
      async (keys): Promise<(Value | Error)[]> => {
        const found = await definition.batch(keys, this.#context)
        return keys.map((key) => found.get(key) ?? definition.fallback)
      },
      { maxBatchSize },
    )
    this.#loaders.set(definition, loader)
    return loader
  }
}
