import { adopt } from './commands/adopt.ts'
import { runCommand } from './run-script.ts'

await runCommand(adopt)
