import { readOptions, runScript } from '../../scripts/run-script.ts'
import { checkDeployment } from './check.ts'
import { type Deployment, missingPrograms, startDeployment } from './deployment.ts'
import { Programs } from './programs.ts'

const usage = `npm run deploy:local               starts PostgreSQL, PgBouncer, Redis, two replicas and HAProxy on free ports, until Ctrl-C
npm run deploy:local -- --check    calls them, restarts the replicas in turn, and stops all

It uses the files of deploy/ and the programs of this machine. Debian's packages: postgresql pgbouncer redis-server haproxy.`

await runScript(usage, async () => {
  const { check } = readOptions({ check: { type: 'boolean' } })
  // Where Debian has HAProxy and PgBouncer; an ordinary user does not look there.
  process.env.PATH += ':/usr/sbin'
  const missing = missingPrograms()
  if (missing.length > 0)
    throw new Error(`This machine lacks ${missing.join(', ')}: apt-get install ${missing.join(' ')}`)

  await using programs = await Programs.open()
  // npm passes the signal on, so it may come twice.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => stopAndExit(programs))
  const say = (text: string) => console.log(`- ${text}`)
  const deployment = await startDeployment(programs, say)
  if (check) {
    await checkDeployment(deployment, say)
  } else {
    console.log(welcome(deployment, programs.folder))
    await new Promise(() => {})
  }
})

async function stopAndExit(programs: Programs): Promise<void> {
  await programs[Symbol.asyncDispose]()
  process.exit()
}

function welcome({ url, certificate, token, replicas }: Deployment, folder: string): string {
  return `
Two replicas serve ${url}/graphql. Logs and files are in ${folder}.
${replicas.map(({ metricsUrl }) => `  Metrics: ${metricsUrl}`).join('\n')}

  curl --cacert ${certificate} ${url}/graphql -H 'content-type: application/json' \\
    -H 'authorization: Bearer ${token}' -d '{"query": "{ viewer { kind roles } }"}'

Ctrl-C stops all of it and removes the folder.
`
}
