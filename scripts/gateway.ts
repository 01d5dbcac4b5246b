import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { installPackages } from './install-packages.ts'
import { runScript } from './run-script.ts'

const usage = `npm run gateway   installs the packages of examples/gateway, and starts a gateway in front of two subgraphs

It reads FRONTDOOR_URL (http://127.0.0.1:4000), REVIEWS_URL (http://127.0.0.1:4200) and PORT (4300).`

const folder = join(import.meta.dirname, '../examples/gateway')

await runScript(usage, async () => {
  installPackages(folder, 'the gateway')
  const { status } = spawnSync(process.execPath, ['gateway.ts'], { cwd: folder, stdio: 'inherit' })
  if (status !== 0) throw new Error('The gateway has ended; the lines above say why.')
})
