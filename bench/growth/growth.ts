// npm run bench:growth                       cost against the number of orders, rate and memory against connections

import { join } from 'node:path'
import { installPackages } from '../../scripts/install-packages.ts'
import { countOption, readOptions, runScript } from '../../scripts/run-script.ts'

const usage = `npm run bench:growth -- [options]

  --sizes N,N,N           numbers of orders (10000,100000,1000000)
  --rounds N              rounds (5)
  --help                  this`

await runScript(usage, async () => {
  const { sizes = '10000,100000,1000000', rounds } = readOptions({
    sizes: { type: 'string' },
    rounds: { type: 'string' },
  })
  const wanted = {
    sizes: sizes.split(',').map((size) => countOption('--sizes', size, 0)),
    rounds: countOption('--rounds', rounds, 5),
  }
  installPackages(join(import.meta.dirname, '..'), 'the benchmark')
  // It imports the packages that were just installed.
  const { measureGrowth } = await import('./measure-growth.ts')
  await measureGrowth(wanted)
})
