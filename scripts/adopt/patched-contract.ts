import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { compatibilityIn } from '../commands/schema-diff.ts'
import { generateClient } from '../generate-client.ts'
import { bulletList } from '../markdown.ts'
import type { Repository } from './repository.ts'
import type { Workshop } from './workshop.ts'

interface Patched {
  repository: Repository
  workshop: Workshop
  /** The path of the patch. */
  patch: string
}

/** What a patch would break, for people: their own changes, and the contract with clients. The project stays as it is. */
export async function contractAfter({ repository, workshop, patch }: Patched): Promise<string> {
  const { folder, conflicts } = await repository.patchedCopy(workshop, patch)
  if (conflicts.length > 0) {
    return `The patch conflicts with your changes in these files, which git apply --3way marks:\n${bulletList(conflicts)}
What breaks for clients is said by npm run schema && npm run schema:diff, when the conflicts are resolved.`
  }
  try {
    await generateClient(folder)
    await promisify(execFile)(process.execPath, [join(folder, 'scripts/schema.ts')], { cwd: folder })
  } catch (error) {
    return `With the patch your sources make no schema yet:\n${firstLines(error)}`
  }
  const { violations, dangerous } = await compatibilityIn(folder)
  const parts = [
    violations.length > 0
      ? `It breaks clients of schema.released.graphql:\n${bulletList(violations)}`
      : 'It breaks no client of schema.released.graphql.',
    dangerous.length > 0 && `Clients may stumble over these:\n${bulletList(dangerous)}`,
  ]
  return parts.filter((part) => part !== false).join('\n\n')
}

/** What a script complained of. */
function firstLines(error: unknown): string {
  const { stderr = '', message = '' } = error instanceof Error ? (error as Error & { stderr?: string }) : {}
  const lines = (stderr || message).split('\n').filter((line) => line.trim() !== '' && !/^\s+at /.test(line))
  return lines
    .slice(0, 8)
    .map((line) => `  ${line}`)
    .join('\n')
}
