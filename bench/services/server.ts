// The measured server in a process of its own. services.ts starts it with a database and the URLs of two services.
import { pino } from 'pino'
import { openApp } from '../../src/app.ts'
import { parseConfig } from '../../src/platform/config/config.ts'
import { domain } from '../../src/schema.ts'

const [databaseUrl = '', dataDir = '', CARRIER_URL, REVIEWS_URL] = process.argv.slice(2)
const limits = { RATE_LIMIT_CAPACITY: '1000000000000', RATE_LIMIT_RESTORE_PER_SECOND: '1000000' }
const env = { NODE_ENV: 'test', PORT: '0', DATA_DIR: dataDir, CARRIER_URL, REVIEWS_URL, ...limits }
// Writes every log line as in production, to a stream that the parent ignores.
const door = await openApp(parseConfig(env, domain.remoteSources), databaseUrl, pino({ level: 'info' }))
process.send?.(door.url)
process.on('disconnect', () => void door.close())
