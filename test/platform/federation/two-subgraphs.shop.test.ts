import { composeServices } from '@theguild/federation-composition'
import { parse } from 'graphql'
import { describe, expect, it } from 'vitest'
import { reviewsSdl } from '../../../examples/services/reviews-subgraph.ts'
import { printSubgraph } from '../../../src/platform/federation/print-subgraph.ts'
import { subgraphSchema } from '../../../src/schema.ts'

const frontdoor = printSubgraph(subgraphSchema())

function compose(reviews: string) {
  return composeServices([
    { name: 'frontdoor', typeDefs: parse(frontdoor), url: 'http://frontdoor' },
    { name: 'reviews', typeDefs: parse(reviews), url: 'http://reviews' },
  ])
}

describe('the supergraph of the shop and its reviews', () => {
  it('composes: products have two keys in one subgraph and one in the other, and reviews come from the other', () => {
    const { supergraphSdl = '', errors = [] } = compose(reviewsSdl)
    expect(errors).toEqual([])
    const [product = ''] = /^type Product[^}]*\{[^}]*\}/m.exec(supergraphSdl) ?? []
    expect(product.match(/@join__type\([^)]*\)/g)).toEqual([
      '@join__type(graph: FRONTDOOR, key: "id")',
      '@join__type(graph: FRONTDOOR, key: "sku")',
      '@join__type(graph: REVIEWS, key: "sku")',
    ])
    expect(product).toContain('reviews: ProductReviews @join__field(graph: REVIEWS, override: "frontdoor")')
  })

  it('does not compose where the other has a field of a product as well, and takes nothing over', () => {
    const { errors = [] } = compose(
      reviewsSdl.replace('reviews: ProductReviews @override', 'name: String! reviews: ProductReviews @override'),
    )
    expect(errors.map(({ extensions }) => extensions?.code)).toEqual(['INVALID_FIELD_SHARING'])
  })

  it('says who may use a field, in scopes where these say it all', () => {
    expect(frontdoor).toMatch(/^ {2}unitsSold: Int @requiresScopes\(scopes: \[\["orders:read"\]\]\)/m)
    expect(frontdoor).toMatch(/^ {2}email: EmailAddress @authenticated$/m)
  })
})
