import { type RefObject, useEffect, useRef } from 'react'
import { useClient } from 'urql'
import { graphql } from '../gql/index.ts'
import { useWhileSeen } from './use-while-seen.ts'

const OrderStates = graphql(`
  query OrderStates($ids: [ID!]!) {
    nodes(ids: $ids) {
      __typename
      id
      ... on Order {
        version
        ...OrderStatusOrder
      }
    }
  }
`)

/**
 * Polls the states of the orders on the screen, and nothing else: the cache updates every place that shows them. Each
 * row of the list names its order in `data-order`.
 */
export function useLiveStates(rows: number): RefObject<HTMLUListElement | null> {
  const client = useClient()
  const list = useRef<HTMLUListElement>(null)
  const seen = useRef(new Set<string>())
  // biome-ignore lint/correctness/useExhaustiveDependencies: there is more to watch when the list has grown.
  useEffect(() => {
    const observer = new IntersectionObserver((entries) => {
      for (const { target, isIntersecting } of entries) {
        const id = target.getAttribute('data-order') ?? ''
        if (isIntersecting) seen.current.add(id)
        else seen.current.delete(id)
      }
    })
    for (const row of list.current?.children ?? []) observer.observe(row)
    return () => observer.disconnect()
  }, [rows])
  useWhileSeen(20, () => {
    const ids = [...seen.current].slice(0, 100)
    if (ids.length > 0) client.query(OrderStates, { ids }, { requestPolicy: 'network-only' }).toPromise()
  })
  return list
}
