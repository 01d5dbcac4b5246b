import { readsReports } from '../../../../src/commerce/access.ts'
import { report } from '../../../../src/platform/reports/report.ts'
import { rowsOf } from '../../../../src/platform/reports/vocabulary.ts'

// The example of docs/adopt.md. A server that loads this first has the report.
// <example>
const movement = rowsOf('StockMovement')
report({
  name: 'movementReport',
  of: movement,
  description: 'What came into the warehouse and left it.',
  auth: readsReports,
  by: {
    MONTH: movement.calendar('MONTH', 'occurredAt', { description: 'The month.' }),
    PRODUCT: movement.object('Product', 'productId', { sortedBy: 'product.name', description: 'The product.' }),
  },
  measures: {
    UNITS: movement.sum(movement.number('quantity'), { description: 'Units that came, less those that left.' }),
  },
})
// </example>
