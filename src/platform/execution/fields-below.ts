import { type DocumentNode, type FieldNode, Kind, type OperationDefinitionNode, type SelectionSetNode } from 'graphql'

const most = 10

/**
 * The fields that statements read which are sent for the fields at `places`: for each place the ends of the objects below it,
 * up to the places in `others`, which have statements of their own. Places are response keys, joined by dots:
 * `things.edges.node.parts`. Without a place: the fields at the root.
 */
export function fieldsBelow(
  { definition, document }: { definition: OperationDefinitionNode | undefined; document: DocumentNode | undefined },
  places: readonly string[],
  others: readonly string[],
): string[] {
  if (!definition) return [...places]
  const fieldsIn = fieldsOf(document)
  if (places.length === 0) return [...fieldsIn([definition.selectionSet]).keys()].slice(0, most)

  function endsBelow(place: string, sets: readonly SelectionSetNode[]): string[] {
    const below = [...fieldsIn(sets)].flatMap(([key, nodes]) => {
      const set = nodes.flatMap(({ selectionSet }) => selectionSet ?? [])
      const path = `${place}.${key}`
      return set.length === 0 || others.includes(path) ? [] : endsBelow(path, set)
    })
    return below.length > 0 ? below : [place]
  }

  const ends = places.flatMap((place) => {
    let sets: readonly SelectionSetNode[] = [definition.selectionSet]
    for (const key of place.split('.'))
      sets = (fieldsIn(sets).get(key) ?? []).flatMap(({ selectionSet }) => selectionSet ?? [])
    return endsBelow(place, sets)
  })
  return [...new Set(ends)].slice(0, most)
}

/** The fields of selection sets, by response key, with those of their fragments. */
function fieldsOf(document: DocumentNode | undefined) {
  const fragments = new Map(
    document?.definitions.flatMap((each) =>
      each.kind === Kind.FRAGMENT_DEFINITION ? [[each.name.value, each.selectionSet] as const] : [],
    ),
  )
  return function fieldsIn(sets: readonly SelectionSetNode[], found = new Map<string, FieldNode[]>()) {
    for (const selection of sets.flatMap(({ selections }) => selections)) {
      if (selection.kind === Kind.FIELD) {
        const key = (selection.alias ?? selection.name).value
        found.set(key, [...(found.get(key) ?? []), selection])
        continue
      }
      const set = selection.kind === Kind.INLINE_FRAGMENT ? selection.selectionSet : fragments.get(selection.name.value)
      if (set) fieldsIn([set], found)
    }
    return found
  }
}
