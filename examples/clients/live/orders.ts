/** The stream that the programs of this folder show. */
export const ordersChanged = `subscription OrdersChanged($after: String) {
  ordersChanged(after: $after, filter: { topics: [ORDER_PLACED] }) {
    order {
      number
    }
  }
}`

export interface OrdersChanged {
  readonly ordersChanged: { readonly order?: { readonly number: number } | null }
}

const wanted = Number(process.env.LIVE_ORDERS ?? Number.POSITIVE_INFINITY)
let count = 0

/** Prints an order; ends the program after as many as `LIVE_ORDERS` says. */
export function show(data: OrdersChanged | null | undefined): void {
  console.log(data?.ordersChanged.order?.number)
  if (++count === wanted) process.exit()
}

export function fail(error: unknown): never {
  console.error(error)
  process.exit(1)
}
