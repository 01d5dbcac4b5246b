// The measured server in a process of its own. rules.ts starts it with a variant and a database.
import { pino } from 'pino'
import { openApp } from '../../src/app.ts'
import { parseConfig } from '../../src/platform/config/config.ts'
import { variants } from './variants.ts'

const [variant = '', databaseUrl = '', dataDir = ''] = process.argv.slice(2)
const parts = variants[variant]
if (!parts) throw new Error(`There is no variant "${variant}".`)
// Writes every log line as in production, to a stream that the parent ignores.
const log = pino({ level: 'info' })
// The rate limit would refuse a load, so it counts and never runs out.
const limits = { RATE_LIMIT_CAPACITY: '1000000000000', RATE_LIMIT_RESTORE_PER_SECOND: '1000000' }
const config = parseConfig({ NODE_ENV: 'test', PORT: '0', DATA_DIR: dataDir, ...limits })
const door = await openApp(config, databaseUrl, log, parts())
process.send?.({ url: door.url })
process.on('message', () => {
  const { user, system } = process.cpuUsage()
  process.send?.({ cpuMicroseconds: user + system })
})
process.on('disconnect', () => void door.close())
