import { schemaUsage } from './commands/schema-usage.ts'
import { runCommand } from './run-script.ts'

await runCommand(schemaUsage)
