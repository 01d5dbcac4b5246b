import { token } from './commands/token.ts'
import { runCommand } from './run-script.ts'

await runCommand(token)
