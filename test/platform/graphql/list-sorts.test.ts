import { describe, expect, it } from 'vitest'
import { listOf } from '../../../src/platform/graphql/connection.ts'

const sortedBy = (sort: Omit<Parameters<typeof listOf<'Webhook'>>[0]['sorts'][string], 'description'>) => () =>
  listOf({
    model: 'Webhook',
    sorts: { SORT: { ...sort, description: 'By it.' } },
    defaultSort: { field: 'SORT', direction: 'ASC' },
  })

const refused = 'only a first column that may be null says where its nulls stand'

describe('a sort of a list', () => {
  it('by a column that may be null says where its nulls stand', () => {
    expect(sortedBy({ column: 'disabledAt' })).toThrow(refused)
  })

  it('by a column that is never null does not', () => {
    expect(sortedBy({ column: 'name', nulls: 'last' })).toThrow(refused)
  })

  it('has no column behind the first that may be null', () => {
    expect(sortedBy({ column: ['name', 'disabledAt'] })).toThrow(refused)
    expect(sortedBy({ column: ['disabledAt', 'pausedUntil'], nulls: 'last' })).toThrow(refused)
  })
})
