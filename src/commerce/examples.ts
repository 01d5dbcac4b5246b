/** What GraphiQL opens with: one tab each. */
export const exampleOperations = [
  {
    title: 'The catalogue: anyone may ask. Press ⌘/Ctrl+Enter to run.',
    query: `query Catalogue {
  products(first: 5, filter: { nameContains: "cha" }, sort: { field: PRICE, direction: DESC }) {
    totalCount
    edges {
      node { id sku name unitPrice { amount currency } available category { name } supplier { name country } }
    }
    pageInfo { hasNextPage endCursor }
  }
}
`,
  },
  {
    title: 'Orders with all that hangs on them, in one SQL statement. Pick a viewer first.',
    query: `query RecentOrders {
  orders(first: 20) {
    edges {
      node {
        number status placedAt total { amount currency }
        customer { name }
        lines { quantity total { amount } product { name category { name } supplier { name } } }
      }
    }
  }
}
`,
  },
  {
    title: 'The next page: the cursor of the last edge goes into "after".',
    query: `query OrderPages($after: String) {
  orders(first: 3, after: $after, filter: { shipToCountry: "US" }, sort: { field: TOTAL, direction: DESC }) {
    totalCount
    edges { cursor node { number total { amount } shipTo { city country } } }
    pageInfo { hasNextPage endCursor }
  }
}
`,
  },
  {
    title: 'Who am I, and what may I do?',
    query: `query Me {
  viewer {
    kind roles scopes
    customer { name email orderCount lifetimeValue { amount currency } orders(first: 3) { edges { node { number status } } } }
  }
}
`,
  },
] as const
