import { schemaDiff } from './commands/schema-diff.ts'
import { runCommand } from './run-script.ts'

await runCommand(schemaDiff)
