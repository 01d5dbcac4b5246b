// The measured server in a process of its own. overload.ts starts it, and asks for its memory.
import { pino } from 'pino'
import { openApp } from '../../src/app.ts'
import { parseConfig } from '../../src/platform/config/config.ts'
import { domain } from '../../src/schema.ts'

const [databaseUrl = '', dataDir = ''] = process.argv.slice(2)
const ample = '1000000000000'
const limits = {
  RATE_LIMIT_CAPACITY: ample,
  RATE_LIMIT_RESTORE_PER_SECOND: ample,
  RATE_LIMIT_ANONYMOUS_CAPACITY: ample,
  RATE_LIMIT_ANONYMOUS_RESTORE_PER_SECOND: ample,
}
const env = { NODE_ENV: 'test', PORT: '0', DATA_DIR: dataDir, ...limits }
// Writes every log line as in production, to a stream that the parent ignores.
const door = await openApp(parseConfig(env, domain.remoteSources), databaseUrl, pino({ level: 'info' }))
process.send?.(door.url)
process.on('message', () => process.send?.(process.memoryUsage.rss()))
process.on('disconnect', () => void door.close())
