import { z } from 'zod'
import type { Answer } from '../answers.ts'
import {
  type Contender,
  customerOf,
  type Ground,
  orderOf,
  type Question,
  skuOf,
  statusOf,
  wordOf,
} from '../contender.ts'
import { type Shape, shapes } from '../names.ts'

const pageOf = (name: string, first: number) => `query ${name}($after: Cursor) {
  allSoHeaders(first: ${first}, after: $after, condition: { statusCd: DELIVERED }, orderBy: [TOTAL_MINOR_DESC, UID_DESC]) {
    edges { node { docNo placedTs totalMinor crmCustomerByCustUid { nm } } }
    pageInfo { hasNextPage endCursor }
  }
}`

/** The documents for the API that PostGraphile makes of the tables. */
const documents: Record<Shape, string> = {
  typename: 'query Typename { __typename }',
  product: `query Product($sku: String!) { mdProductBySkuCd(skuCd: $sku) {
    nm unitPriceMinor ccy mdCategoryByCategoryUid { nm } mdSupplierBySupplierUid { nm }
  } }`,
  get: `query Get($sku: String!) { mdProductBySkuCd(skuCd: $sku) {
    nm unitPriceMinor ccy mdCategoryByCategoryUid { nm } mdSupplierBySupplierUid { nm }
  } }`,
  // It has `node`, and no `nodes`.
  nodes: '',
  search: `query Search($text: String!) { productsNamed(fragment: $text, first: 10) { edges { node { skuCd nm } } } }`,
  count: 'query Count($status: SoStatusT!) { allSoHeaders(condition: { statusCd: $status }) { totalCount } }',
  own: `query Own($id: UUID!) {
    allSoHeaders(first: 20, condition: { custUid: $id }, orderBy: [PLACED_TS_DESC, UID_DESC]) { edges { node {
      docNo statusCd totalMinor soLinesBySoUidList(orderBy: [LINE_NO_ASC]) { qty mdProductByProductUid { nm } }
    } } }
  }`,
  list: `query List { allMdProducts(first: 20, orderBy: [NM_ASC, UID_ASC]) { edges { node {
    skuCd nm packTxt discFlg rowVer
  } } } }`,
  orders20: `query Orders20 { allSoHeaders(first: 20, orderBy: [PLACED_TS_DESC, UID_DESC]) { edges { node {
    docNo statusCd crmCustomerByCustUid { nm }
    soLinesBySoUidList(orderBy: [LINE_NO_ASC]) {
      qty mdProductByProductUid { nm mdCategoryByCategoryUid { nm } mdSupplierBySupplierUid { nm } }
    }
  } } } }`,
  deep: `query Deep($id: UUID!) { crmCustomerByUid(uid: $id) {
    nm
    all: soHeadersByCustUid { totalCount }
    soHeadersByCustUid(first: 5, orderBy: [PLACED_TS_DESC, UID_DESC]) { totalCount edges { node {
      docNo statusCd totalMinor grandTotalMinor
      soLinesBySoUidList(orderBy: [LINE_NO_ASC]) {
        qty totalMinor mdProductByProductUid { nm mdCategoryByCategoryUid { nm } }
      }
    } } }
  } }`,
  pageFirst: pageOf('PageFirst', 20),
  page: pageOf('Page', 20),
  place: `mutation Place($input: OrderPlaceInput!) { orderPlace(input: $input) { result {
    docNo statusCd totalMinor crmCustomerByCustUid { nm }
    soLinesBySoUidList(orderBy: [LINE_NO_ASC]) { qty mdProductByProductUid { nm } }
  } } }`,
}

export function postgraphile(ground: Ground, runKey: string): Contender {
  const { sample } = ground
  const variables: Partial<Record<Shape, (turn: number) => object>> = {
    product: (turn) => ({ sku: skuOf(turn, sample) }),
    get: (turn) => ({ sku: skuOf(turn, sample) }),
    search: (turn) => ({ text: wordOf(turn, sample) }),
    count: (turn) => ({ status: statusOf(turn) }),
    own: (turn) => ({ id: customerOf(turn, sample) }),
    deep: (turn) => ({ id: customerOf(turn, sample) }),
    place: (turn) => {
      return { input: { ...orderOf(turn, sample), idempotencyKey: `${runKey}-postgraphile-${turn}` } }
    },
  }
  const asked = (shape: Shape, given = variables[shape]): Question => ({
    document: documents[shape],
    operationName: `${shape.slice(0, 1).toUpperCase()}${shape.slice(1)}`,
    variables: given,
  })
  return {
    name: 'postgraphile',
    entry: {
      file: 'bench/postgraphile/server.ts',
      env: {
        GRAPHILE_ENV: 'production',
        DATABASE_URL: ground.database.ownerUrl,
        DATABASE_POOL_SIZE: String(ground.poolSize),
      },
    },
    headers: {},
    shapes: shapes.filter((shape) => shape !== 'nodes'),
    question: (shape) => (shape === 'get' ? { ...asked(shape), get: { query: documents.get } } : asked(shape)),
    page: (after) => asked('page', () => ({ after })),
    walk: (after) => ({ document: pageOf('Walk', 100), operationName: 'Walk', variables: () => ({ after }) }),
    endCursor: (data) => pages.parse(data).allSoHeaders.pageInfo.endCursor,
    inOneForm: (shape, data) => forms[shape](data),
  }
}

const named = z.strictObject({ nm: z.string() }).transform(({ nm }) => ({ name: nm }))
/** PostGraphile shows minor units, as text. */
const amount = z
  .string()
  .transform((minor) => ({ amount: `${minor.slice(0, -2) || '0'}.${minor.slice(-2).padStart(2, '0')}` }))
const edgesOf = <Node extends z.ZodType>(node: Node) => z.array(z.strictObject({ node }))

const pages = z.strictObject({
  allSoHeaders: z.strictObject({
    edges: edgesOf(
      z
        .strictObject({ docNo: z.int(), placedTs: z.string(), totalMinor: amount, crmCustomerByCustUid: named })
        .transform(({ docNo, placedTs, totalMinor, crmCustomerByCustUid }) => {
          return { number: docNo, placedAt: placedTs, total: totalMinor, customer: crmCustomerByCustUid }
        }),
    ),
    pageInfo: z.strictObject({ hasNextPage: z.boolean(), endCursor: z.string() }),
  }),
})
const pageForm = (data: unknown): Answer => ({ orders: pages.parse(data).allSoHeaders })

const product = z.strictObject({
  mdProductBySkuCd: z.strictObject({
    nm: z.string(),
    unitPriceMinor: amount,
    ccy: z.string(),
    mdCategoryByCategoryUid: named,
    mdSupplierBySupplierUid: named,
  }),
})
const list = z.strictObject({
  allMdProducts: z.strictObject({
    edges: edgesOf(
      z
        .strictObject({ skuCd: z.string(), nm: z.string(), packTxt: z.string(), discFlg: z.boolean(), rowVer: z.int() })
        .transform(({ skuCd, nm, packTxt, discFlg, rowVer }) => {
          return { sku: skuCd, name: nm, packaging: packTxt, discontinued: discFlg, version: rowVer }
        }),
    ),
  }),
})
const orders20 = z.strictObject({
  allSoHeaders: z.strictObject({
    edges: edgesOf(
      z
        .strictObject({
          docNo: z.int(),
          statusCd: z.string(),
          crmCustomerByCustUid: named,
          soLinesBySoUidList: z.array(
            z
              .strictObject({
                qty: z.int(),
                mdProductByProductUid: z
                  .strictObject({ nm: z.string(), mdCategoryByCategoryUid: named, mdSupplierBySupplierUid: named })
                  .transform(({ nm, mdCategoryByCategoryUid, mdSupplierBySupplierUid }) => {
                    return { name: nm, category: mdCategoryByCategoryUid, supplier: mdSupplierBySupplierUid }
                  }),
              })
              .transform(({ qty, mdProductByProductUid }) => ({ quantity: qty, product: mdProductByProductUid })),
          ),
        })
        .transform(({ docNo, statusCd, crmCustomerByCustUid, soLinesBySoUidList }) => {
          return { number: docNo, status: statusCd, customer: crmCustomerByCustUid, lines: soLinesBySoUidList }
        }),
    ),
  }),
})
const deep = z.strictObject({
  crmCustomerByUid: z.strictObject({
    nm: z.string(),
    all: z.strictObject({ totalCount: z.int() }),
    soHeadersByCustUid: z.strictObject({
      totalCount: z.int(),
      edges: edgesOf(
        z
          .strictObject({
            docNo: z.int(),
            statusCd: z.string(),
            totalMinor: amount,
            grandTotalMinor: amount,
            soLinesBySoUidList: z.array(
              z
                .strictObject({
                  qty: z.int(),
                  totalMinor: amount,
                  mdProductByProductUid: z
                    .strictObject({ nm: z.string(), mdCategoryByCategoryUid: named })
                    .transform(({ nm, mdCategoryByCategoryUid }) => ({ name: nm, category: mdCategoryByCategoryUid })),
                })
                .transform(({ qty, totalMinor, mdProductByProductUid }) => {
                  return { quantity: qty, total: totalMinor, product: mdProductByProductUid }
                }),
            ),
          })
          .transform(({ docNo, statusCd, totalMinor, grandTotalMinor, soLinesBySoUidList }) => {
            return {
              number: docNo,
              status: statusCd,
              total: totalMinor,
              grandTotal: grandTotalMinor,
              lines: soLinesBySoUidList,
            }
          }),
      ),
    }),
  }),
})
const count = z.strictObject({ allSoHeaders: z.strictObject({ totalCount: z.int() }) })
const search = z.strictObject({
  productsNamed: z.strictObject({
    edges: edgesOf(
      z.strictObject({ skuCd: z.string(), nm: z.string() }).transform(({ skuCd, nm }) => ({ sku: skuCd, name: nm })),
    ),
  }),
})
/** The line of an order, with the name of its product. */
const namedLine = z
  .strictObject({ qty: z.int(), mdProductByProductUid: named })
  .transform(({ qty, mdProductByProductUid }) => ({ quantity: qty, product: mdProductByProductUid }))
const own = z.strictObject({
  allSoHeaders: z.strictObject({
    edges: edgesOf(
      z
        .strictObject({
          docNo: z.int(),
          statusCd: z.string(),
          totalMinor: amount,
          soLinesBySoUidList: z.array(namedLine),
        })
        .transform(({ docNo, statusCd, totalMinor, soLinesBySoUidList }) => {
          return { number: docNo, status: statusCd, total: totalMinor, lines: soLinesBySoUidList }
        }),
    ),
  }),
})
const placed = z.strictObject({
  orderPlace: z.strictObject({
    result: z
      .strictObject({
        docNo: z.int(),
        statusCd: z.string(),
        totalMinor: amount,
        crmCustomerByCustUid: named,
        soLinesBySoUidList: z.array(namedLine),
      })
      .transform(({ docNo, statusCd, totalMinor, crmCustomerByCustUid, soLinesBySoUidList }) => ({
        number: docNo,
        status: statusCd,
        total: totalMinor,
        customer: crmCustomerByCustUid,
        lines: soLinesBySoUidList,
      })),
  }),
})

const productForm = (data: unknown): Answer => {
  const { nm, unitPriceMinor, ccy, ...parts } = product.parse(data).mdProductBySkuCd
  return {
    product: {
      name: nm,
      unitPrice: { ...unitPriceMinor, currency: ccy },
      category: parts.mdCategoryByCategoryUid,
      supplier: parts.mdSupplierBySupplierUid,
    },
  }
}

/** Its responses in the form of Frontdoor's. */
const forms: Record<Shape, (data: unknown) => Answer> = {
  typename: (data) => z.strictObject({ __typename: z.literal('Query') }).parse(data),
  product: productForm,
  get: productForm,
  nodes: () => {
    throw new Error('PostGraphile has no `nodes`')
  },
  search: (data) => ({ products: search.parse(data).productsNamed }),
  count: (data) => ({ orders: count.parse(data).allSoHeaders }),
  own: (data) => ({ orders: own.parse(data).allSoHeaders }),
  list: (data) => ({ products: list.parse(data).allMdProducts }),
  orders20: (data) => ({ orders: orders20.parse(data).allSoHeaders }),
  deep: (data) => {
    const { nm, all, soHeadersByCustUid } = deep.parse(data).crmCustomerByUid
    return { customer: { name: nm, orderCount: all.totalCount, orders: soHeadersByCustUid } }
  },
  pageFirst: pageForm,
  page: pageForm,
  place: (data) => ({ orderPlace: { userErrors: [], order: placed.parse(data).orderPlace.result } }),
}
