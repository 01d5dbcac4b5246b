import { randomUUID } from 'node:crypto'
import { redirect } from 'next/navigation'
import { read } from '../../../api/execute.ts'
import { graphql } from '../../../gql/index.ts'
import { ProductForm } from './product-form.tsx'

const ProductNew = graphql(`
  query ProductNew {
    viewer {
      scopes
    }
    categories(first: 100) {
      edges {
        node {
          id
          name
        }
      }
    }
    suppliers(first: 100) {
      edges {
        node {
          id
          name
        }
      }
    }
  }
`)

export default async function NewProductPage() {
  const { viewer, categories, suppliers } = await read(ProductNew, {})
  // For people. The API itself decides when the form is sent.
  if (!viewer.scopes.includes('catalog:write')) redirect('/sign-in')
  return (
    <>
      <h1>New product</h1>
      <ProductForm attempt={randomUUID()} categories={nodesOf(categories)} suppliers={nodesOf(suppliers)} />
    </>
  )
}

function nodesOf<Node>(list: { edges: { node: Node }[] } | null | undefined): Node[] {
  return list?.edges.map(({ node }) => node) ?? []
}
