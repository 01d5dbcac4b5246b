import type { LoaderDefinition, RemoteValues } from '../context.ts'

/** Loads values of a service: the keys of a whole page go into as few calls as the service allows. */
export function remoteLoader<Value>(values: RemoteValues<Value>): LoaderDefinition<string, Value | null> {
  return { fallback: null, batch: (keys, { remote }) => remote.values(values, keys) }
}
