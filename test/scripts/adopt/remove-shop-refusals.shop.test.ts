import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { withRemoveShop } from '../../../scripts/adopt/shop/command.ts'
import { withDomain } from '../../../scripts/adopt/write-domain.ts'
import { adopt } from '../../../scripts/commands/adopt.ts'
import { outcomeOf } from '../../../scripts/run-script.ts'
import { domain } from '../../../src/schema.ts'
import { writeFiles } from '../../second-domain/support/project.ts'
import { commit, type SmallRepository, smallRepository } from './support/small-repository.ts'

const placeOfShop = `src/${domain.name}/index.ts`

let project: SmallRepository
beforeEach(async () => {
  project = await smallRepository()
  await writeFiles(project.folder, new Map([[placeOfShop, 'export {}\n']]))
  await serve(domain.name)
  await commit(project.folder)
})
afterEach(() => project[Symbol.asyncDispose]())

/** What the command says, which has changed nothing. */
async function refusal(...args: string[]): Promise<string> {
  const before = await project.hash()
  const outcome = await outcomeOf(withRemoveShop(adopt), [...args, '--remove-shop', '--in', project.folder], {})
  expect([outcome.code, outcome.stdout, await project.hash()]).toEqual([1, '', before])
  return outcome.stderr.trim().split('\n\nnpm run adopt')[0] ?? ''
}

async function serve(name: string): Promise<void> {
  const path = join(project.folder, 'src/schema.ts')
  const joint = await project.git('show', 'HEAD:src/schema.ts')
  await writeFile(path, withDomain(joint, name))
}

describe('npm run adopt -- --remove-shop removes nothing', () => {
  it('while the shop is served', async () => {
    expect(await refusal()).toBe(
      'src/schema.ts still serves the shop. Adopt a database first: npm run adopt -- URL --remove-shop',
    )
  })

  it('while files are not committed, since git is the way back', async () => {
    await serve('music')
    expect(await refusal()).toBe('The work tree has a file that is not committed: commit or stash it first.')
  })

  it('after a database that cannot be adopted', async () => {
    expect(await refusal('postgresql://nowhere.invalid/x')).toBe('There is no host nowhere.invalid: check the URL.')
  })

  it('with an option that there is not', async () => {
    expect(await refusal('--rows', '5')).toContain("Unknown option '--rows'")
  })

  it('but tells of itself in the help', () => {
    expect(withRemoveShop(adopt).usage).toContain('npm run adopt -- --remove-shop')
  })
})
