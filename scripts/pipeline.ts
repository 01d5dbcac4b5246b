import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { isAbsent, type Step } from '../src/platform/execution/step.ts'
import { everyStep } from './every-step.ts'
import { withSection } from './marked-section.ts'
import { onlyChecks, runScript } from './run-script.ts'

const usage = `npm run pipeline              writes the steps of the pipeline into docs/execution.md
npm run pipeline -- --check   fails where the page has other steps than the pipeline`

const path = join(import.meta.dirname, '../docs/execution.md')

await runScript(usage, async () => {
  const isCheck = onlyChecks()
  const committed = await readFile(path, 'utf8')
  const current = withSection(committed, 'pipeline', table(await everyStep()))
  if (!isCheck) {
    await writeFile(path, current)
    return console.log('Wrote the steps into docs/execution.md.')
  }
  if (committed !== current) throw new Error('docs/execution.md has other steps than the pipeline: npm run pipeline')
  console.log('docs/execution.md is current.')
})

function table(steps: readonly Step[]): string {
  const rows = steps.map(({ name, about, general, fast }) => {
    return `| ${name} | ${about} | ${hooksOf(general)} | ${hooksOf(fast)} |`
  })
  const head = ['| step | what it does | general route (Yoga hooks) | fast path |', '| --- | --- | --- | --- |']
  return [...head, ...rows].join('\n')
}

function hooksOf(part: Step['general'] | Step['fast']): string {
  if (isAbsent(part)) return `– ${part.absent}`
  const hooks = [part].flat().flatMap((plugin) => Object.keys(plugin))
  return [...new Set(hooks)].map((hook) => `\`${hook}\``).join(', ')
}
