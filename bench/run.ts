// npm run bench                              the whole measurement; see README.md beside this file
// npm run bench -- --quick                   a rough answer in two minutes
// npm run bench -- --profile orders20        where one contender spends its time
import { installPackages } from '../scripts/install-packages.ts'
import { runScript } from '../scripts/run-script.ts'
import { readArguments, usage } from './arguments.ts'

await runScript(usage, async () => {
  const wanted = readArguments()
  installPackages(import.meta.dirname, 'the benchmark')
  // These import the packages that were just installed.
  const { profile } = await import('./profile.ts')
  const { measureAll } = await import('./benchmark.ts')
  await (wanted.profile ? profile(wanted, wanted.profile) : measureAll(wanted))
})
