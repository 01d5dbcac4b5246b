import { migrate } from './commands/migrate.ts'
import { runCommand } from './run-script.ts'

await runCommand(migrate)
