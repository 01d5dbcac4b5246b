import type { ClientBase } from 'pg'
import { physicalTable } from '../src/platform/database/physical-names.ts'

/** Makes the next order's number greater than `last`. Never goes back, so no number is given out twice. */
export async function advanceOrderNumbers(client: ClientBase, last: number): Promise<void> {
  const order = physicalTable('Order')
  const column = order.column('number').replaceAll('"', '')
  await client.query(
    `select setval(name, $3) from (select pg_get_serial_sequence($1, $2)::regclass as name) as sequence
     where coalesce(pg_sequence_last_value(name), 0) < $3`,
    [order.name, column, last],
  )
}
