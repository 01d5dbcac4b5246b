import type { Audience } from '../platform/domain.ts'

/** Customers, and those who become customers. */
export const inShop = ['storefront']
export const forPartners = ['partner']
/** Everybody outside of the company. */
export const outside = ['storefront', 'partner']

/** What says nothing of them is the back office's alone. */
export const audiences: Readonly<Record<string, Audience>> = {
  storefront: {
    about: 'Web shops and apps for customers: the catalogue, orders, and what belongs to one’s own account.',
    viewers: ['anonymous', 'customer'],
    exampleOperations: [
      {
        query: `# The catalogue, as everybody sees it.
{
  products(first: 5) {
    edges {
      node {
        name
        unitPrice {
          amount
          currency
        }
        available
      }
    }
  }
}
`,
      },
    ],
  },
  partner: {
    about: 'Programs of partners, with an API key: products, stock, customers and orders, as far as the key goes.',
    viewers: ['apiKey'],
    exampleOperations: [
      {
        query: `# What this API key may do, and the stock.
{
  viewer {
    kind
    scopes
  }
  products(first: 5) {
    edges {
      node {
        sku
        name
        available
      }
    }
  }
}
`,
      },
    ],
  },
}
