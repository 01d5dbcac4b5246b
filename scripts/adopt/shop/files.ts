/**
 * What of the project is the shop's, and not the platform's: what lies in one of these places, and every file with
 * `.shop.` in its name. In other files a line that ends in `// shop` is the shop's; in pages a line with
 * `<!-- shop -->` in it, and what stands between `<!-- shop -->` and `<!-- /shop -->`. `npm run adopt -- --remove-shop` takes all of it away. The tests among it run
 * only while src/schema.ts serves the shop. Nothing else imports any of it, and no other test has a word of it
 * (test/contract/words.shop.test.ts).
 */
const places = [
  'src/commerce/',
  'prisma/commerce.prisma',
  'prisma/migrations/commerce/',
  'prisma/demo/',
  'prisma/load-test/',
  'prisma/copy.ts',
  'prisma/dataset.ts',
  'prisma/load-client.ts',
  'prisma/order-numbers.ts',
  'prisma/order-rows.ts',
  'prisma/seed.ts',
  'prisma/uuid-v7.ts',
  'examples/clients/',
  'examples/services/',
  'examples/gateway/',
  'examples/next/',
  'examples/rest/',
  'examples/storefront/',
  'examples/warehouse/',
  'bench/',
  'scripts/adopt/shop/',
  'scripts/clients.ts',
  'scripts/embedded-code.ts',
  'scripts/gateway.ts',
  'scripts/install-packages.ts',
  'scripts/next.ts',
  'scripts/order-states.ts',
  'scripts/storefront.ts',
  'scripts/storefront-build.ts',
  'test/browser/',
  'test/clients/',
  'test/commerce/',
  'test/gateway/',
  'test/property/',
  'test/storefront/',
  'test/warehouse/',
  'docs/clients.md',
  'docs/orders.md',
  'docs/performance.md',
  'docs/images/',
]

/** Whether the file with this path, from the root of the project, is the shop's. */
export function isOfShop(path: string): boolean {
  return (
    /\.shop\./.test(path) || places.some((place) => (place.endsWith('/') ? path.startsWith(place) : path === place))
  )
}

/** Whether this names a file or a folder of the shop, or a pattern of its files. */
export function isPlaceOfShop(name: unknown): boolean {
  return typeof name === 'string' && (isOfShop(name) || isOfShop(`${name}/`))
}

/** The files of the shop, as patterns of a list of files. */
export const shopPatterns = ['**/*.shop.*', ...places.map((place) => (place.endsWith('/') ? `${place}**` : place))]

/** Whether the joint (the text of src/schema.ts) serves the shop. */
export function servesShop(joint: string): boolean {
  return domainOf(joint) === 'commerce'
}

/** The name of the domain that the joint serves. */
export function domainOf(joint: string): string {
  return /^import .* from '\.\/([\w-]+)\/index\.ts'$/m.exec(joint)?.[1] ?? ''
}

/** Words that only a shop uses. "Catalogue" has other meanings too, so it is not among them. */
export const shopWords =
  /products?(?!ion)|customer|supplier|carrier|shipment|invoice|payment|freight|sku\b|\bshops?\b|commerce|northwind|storefront/i

/** An order as a thing, not as a way to sort: in a name, an id, or in quotes. */
export const orderAsThing = /(?<!['"`.\w])[Oo]rders?(?!By)[A-Z]|['"`.][Oo]rders?\b(?!\s)|\border_\w/
