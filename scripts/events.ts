import { events } from './commands/events.ts'
import { runCommand } from './run-script.ts'

await runCommand(events)
