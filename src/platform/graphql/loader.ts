import DataLoader from 'dataloader'
import type { LoaderContext, LoaderDefinition, Loaders } from '../context.ts'
import { type Asking, askedBy, askingField, type ResponsePlace } from '../database/asking-field.ts'

/** A larger batch becomes several statements: PostgreSQL takes at most 65,535 parameters in one. */
const maxBatchSize = 1000

/** The fields of a batch that are remembered. */
const maxAsking = 8

interface OwnLoader<Key, Value> {
  loader: DataLoader<Key, Value>
  /** The fields that asked since the last batch. */
  asking: ResponsePlace[]
}

/** The DataLoaders of one request, each made on first use. */
export class DataLoaders implements Loaders {
  readonly #context: LoaderContext
  readonly #loaders = new Map<object, unknown>()

  constructor(context: LoaderContext) {
    this.#context = context
  }

  load<Key, Value>(definition: LoaderDefinition<Key, Value>, key: Key): Promise<Value> {
    const { loader, asking } = this.#loader(definition)
    addTo(asking, askingField())
    return loader.load(key)
  }

  forget(): void {
    this.#loaders.clear()
  }

  #loader<Key, Value>(definition: LoaderDefinition<Key, Value>): OwnLoader<Key, Value> {
    const known = this.#loaders.get(definition)
    // The key of the map is the definition, which fixes the loader's types.
    if (known) return known as OwnLoader<Key, Value>
    const asking: ResponsePlace[] = []
    const loader = new DataLoader<Key, Value>(
      async (keys): Promise<(Value | Error)[]> => {
        const found = await askedBy(asking.splice(0), () => definition.batch(keys, this.#context))
        return keys.map((key) => found.get(key) ?? definition.fallback)
      },
      { maxBatchSize },
    )
    const own = { loader, asking }
    this.#loaders.set(definition, own)
    return own
  }
}

function addTo(asking: ResponsePlace[], field: Asking | undefined): void {
  if (field === undefined || asking.length >= maxAsking) return
  if (!isPlace(field)) for (const place of field) addTo(asking, place)
  // The rows of a list ask by one field, so its name is enough to tell two fields apart.
  else if (!asking.some(({ key }) => key === field.key)) asking.push(field)
}

function isPlace(field: Asking): field is ResponsePlace {
  return 'key' in field
}
