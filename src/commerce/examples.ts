import type { ExampleOperation } from '../platform/domain.ts'

/** The tabs that GraphiQL opens with: first for everyone, then for customers, staff and auditors. */
export const exampleOperations: readonly ExampleOperation[] = [
  {
    query: `# The catalogue: anybody may ask.
# Run it with Ctrl+Enter (⌘+Enter); the bar above says
# what it has cost, and what is left of your bucket.
query Catalogue {
  products(
    first: 5
    filter: { nameContains: "ch", inStock: true }
    sort: { field: PRICE, direction: DESC }
  ) {
    totalCount # counted only where it is asked for
    edges {
      node {
        id
        sku
        name
        unitPrice { amount currency }
        available
        category { name }
        supplier { name country }
      }
    }
    pageInfo { hasNextPage endCursor }
  }
}
`,
  },
  {
    query: `# Who am I, and what may I do?
# Pick a viewer in the bar, or put
# {"authorization": "Bearer …"} into Headers below.
query Me {
  viewer {
    kind
    roles
    scopes
    customer {
      name
      email
      orderCount
      lifetimeValue { amount currency }
    }
  }
}
`,
  },
  {
    query: `# An order of a customer: run as ALFKI.
# What is wrong comes back in userErrors, each with its
# path into the input.
# Run it twice: the idempotency key is the same, so
# nothing is done again, and "replayed" is true.
# Another order needs another key, such as a new UUID.
mutation PlaceOrder($input: OrderPlaceInput!) {
  orderPlace(input: $input) {
    order {
      number
      status
      grandTotal { amount currency }
      lines { quantity product { name } }
    }
    userErrors { code message path }
    replayed
  }
}
`,
    variables: JSON.stringify(
      {
        input: {
          idempotencyKey: 'my-first-order',
          // Boston Crab Meat, in the demo data.
          lines: [{ productId: 'product_00qw3e9800e92tv0pg6a794cf4', quantity: 2 }],
          shipTo: {
            recipient: 'Maria Anders',
            street: 'Obere Str. 57',
            city: 'Berlin',
            postalCode: '12209',
            country: 'DE',
          },
        },
      },
      null,
      2,
    ),
  },
  {
    query: `# My orders, as a customer sees them: how far they are,
# and what may still be done with each.
query MyOrders {
  orders(first: 5, sort: { field: PLACED_AT, direction: DESC }) {
    edges {
      node {
        number
        status
        placedAt
        grandTotal { amount currency }
        availableActions
        shipments { trackingNumber carrier { name } }
      }
    }
  }
}
`,
  },
  {
    query: `# What is to be shipped, oldest first: run as support.
# All that hangs on the orders is one SQL statement.
query OrdersToShip {
  orders(
    first: 10
    filter: { unshipped: true }
    sort: { field: PLACED_AT }
  ) {
    edges {
      node {
        number
        status
        placedAt
        requiredDate
        customer { name }
        lines { quantity shipped product { sku name } }
      }
    }
  }
}
`,
  },
  {
    query: `# Page by page: run as support, then put the endCursor
# of this page into the variable "after" for the next.
query OrderPages($after: String) {
  orders(
    first: 3
    after: $after
    filter: { shipToCountry: "US" }
    sort: { field: TOTAL, direction: DESC }
  ) {
    totalCount
    edges {
      node { number total { amount } shipTo { city } }
    }
    pageInfo { hasNextPage endCursor }
  }
}
`,
    variables: JSON.stringify({ after: null }),
  },
  {
    query: `# What sells where: run as analyst. One SQL statement
# groups the lines of all orders; the totals are those of
# every row, shown or not.
query SalesByCountry {
  salesReport(
    by: [COUNTRY]
    measures: [ORDERS, UNITS, NET]
    filter: { orders: { placed: { from: "1997-01-01T00:00:00Z" } } }
    sort: { field: NET, direction: DESC }
    first: 10
    timeZone: "Europe/Berlin"
  ) {
    rows { country orders units net { amount currency } }
    totals { orders units net { amount currency } }
    hasMore
  }
}
`,
  },
  {
    query: `# Live: run as support, then place an order in another
# window, or in the shop.
subscription OrdersLive {
  ordersChanged {
    event { topic occurredAt actorKind }
    order { number status total { amount currency } }
  }
}
`,
  },
  {
    query: `# Who did, read or was denied what, never a value: run
# as admin, who has audit:read. This read is audited too.
query AuditTrail {
  auditEvents(
    first: 10
    sort: { field: OCCURRED_AT, direction: DESC }
  ) {
    edges {
      node {
        occurredAt
        principalKind
        principalId
        operation
        action
        outcome
        codes
        subjectType
        subjectIds
        fields
        requestId
      }
    }
  }
}
`,
  },
]
