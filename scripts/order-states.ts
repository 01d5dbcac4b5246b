import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { OrderTransition } from '../src/commerce/order-lifecycle/order-states.ts'
import type { OrderStatus } from '../src/generated/prisma/enums.ts'
import { domain } from '../src/schema.ts'
import { withSection } from './marked-section.ts'
import { onlyChecks, runScript } from './run-script.ts'

const usage = `npm run order-states              writes the states of an order into docs/orders.md, from the table that the mutations use
npm run order-states -- --check   fails where the page has other states than the table`

const path = join(import.meta.dirname, '../docs/orders.md')

await runScript(usage, async () => {
  const isCheck = onlyChecks()
  if (domain.name !== 'commerce') return console.log(`docs/orders.md is the shop's, and ${domain.name} is served.`)
  const { orderActions } = await import('../src/commerce/order-lifecycle/order-states.ts')
  const { OrderStatus } = await import('../src/generated/prisma/enums.ts')
  const committed = await readFile(path, 'utf8')
  const current = withSection(
    withSection(committed, 'states', diagram(Object.values(orderActions), Object.values(OrderStatus))),
    'actions',
    table(orderActions),
  )
  if (!isCheck) {
    await writeFile(path, current)
    return console.log('Wrote the states into docs/orders.md.')
  }
  if (committed !== current) throw new Error('docs/orders.md has other states than the code: npm run order-states')
  console.log('docs/orders.md is current.')
})

/** https://mermaid.js.org/syntax/stateDiagram.html */
function diagram(transitions: readonly OrderTransition[], statuses: readonly OrderStatus[]): string {
  const steps = transitions.flatMap(({ from, to, mutation }) => {
    return from.flatMap((start) => to.map((end) => `  ${start} --> ${end}: ${mutation}`))
  })
  const lasting = statuses.filter((status) => !transitions.some((step) => leads(step, status)))
  const ends = lasting.map((status) => `  ${status} --> [*]`)
  return ['```mermaid', 'stateDiagram-v2', '  [*] --> PLACED: orderPlace', ...steps, ...ends, '```'].join('\n')
}

function leads({ from, to }: OrderTransition, status: OrderStatus): boolean {
  return from.includes(status) && to.length > 0
}

function table(orderActions: Readonly<Record<string, OrderTransition>>): string {
  const rows = Object.entries(orderActions).map(([name, { mutation, auth, from, to, condition }]) => {
    const end = to.length === 0 ? 'unchanged' : to.join(', ')
    return `| \`${name}\` | \`${mutation}\` | ${auth.name} | ${from.join(', ')}${condition ? `; ${condition}` : ''} | ${end} |`
  })
  return ['| action | mutation | who | from | to |', '| --- | --- | --- | --- | --- |', ...rows].join('\n')
}
