import { retention } from './commands/retention.ts'
import { runCommand } from './run-script.ts'

await runCommand(retention)
