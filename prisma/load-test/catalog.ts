// Suppliers, categories, products and carriers: the same number for any number of orders, so that orders stay the same.
import type { GivenRow } from '../copy.ts'
import { opening } from './calendar.ts'
import { makeCompanyName, makeJobTitle, makePerson, makePlace } from './people.ts'
import { type NonEmpty, Random, words } from './random.ts'

const supplierCount = 200
const productCount = 2000
export const currency = 'USD'

const categories: NonEmpty<{ name: string; products: NonEmpty<string> }> = [
  { name: 'Armchairs & Sofas', products: words('Armchair|Sofa|Footstool|Daybed') },
  { name: 'Bathroom', products: words('Towel Rail|Soap Dish|Mirror|Bath Mat') },
  { name: 'Bedding', products: words('Pillow|Duvet|Blanket|Mattress Topper') },
  { name: 'Bicycles', products: words('City Bicycle|Saddle|Pannier|Bicycle Pump') },
  { name: 'Books & Paper', products: words('Notebook|Sketchbook|Folder|Calendar') },
  { name: 'Camping', products: words('Tent|Sleeping Bag|Stove|Lantern') },
  { name: 'Cleaning', products: words('Broom|Bucket|Brush|Dustpan') },
  { name: 'Cookware', products: words('Saucepan|Casserole|Frying Pan|Kettle') },
  { name: 'Desks & Chairs', products: words('Desk|Office Chair|Drawer Unit|Desk Pad') },
  { name: 'Garden', products: words('Spade|Watering Can|Planter|Wheelbarrow') },
  { name: 'Kitchen Tools', products: words('Peeler|Whisk|Chopping Board|Corkscrew') },
  { name: 'Lighting', products: words('Floor Lamp|Desk Lamp|Pendant|Wall Light') },
  { name: 'Luggage', products: words('Suitcase|Rucksack|Holdall|Wash Bag') },
  { name: 'Paint & Brushes', products: words('Wall Paint|Primer|Roller|Paint Tray') },
  { name: 'Power Tools', products: words('Drill|Sander|Jigsaw|Screwdriver') },
  { name: 'Rugs', products: words('Rug|Runner|App Mat|Carpet Tile') },
  { name: 'Shelving', products: words('Bookcase|Wall Shelf|Cabinet|Storage Box') },
  { name: 'Tableware', products: words('Plate|Bowl|Mug|Carafe') },
  { name: 'Toys', products: words('Building Blocks|Puzzle|Kite|Spinning Top') },
  { name: 'Workwear', products: words('Apron|Gloves|Overalls|Safety Boots') },
]
const manners = words('Classic|Compact|Everyday|Folding|Heavy-Duty|Light|Modern|Nordic|Robust|Slim|Studio|Vintage')
const materials = words('Oak|Steel|Linen|Cotton|Bamboo|Copper|Felt|Birch|Enamel|Recycled|Leather|Wool')
const packagings = words('each|set of 2|set of 4|box of 6|box of 12|flat pack')
const carrierNames = words('Northern Parcel|Harbour Freight Lines|Meridian Logistics|Swift Courier|Atlas Overland')

/** Prices in whole dollars, each with its percentage. */
const priceBands: NonEmpty<{ low: number; high: number; weight: number }> = [
  { low: 2, high: 9, weight: 25 },
  { low: 10, high: 49, weight: 45 },
  { low: 50, high: 199, weight: 22 },
  { low: 200, high: 899, weight: 8 },
]

export interface Catalog {
  suppliers: NonEmpty<GivenRow<'Supplier'>>
  categories: NonEmpty<GivenRow<'Category'>>
  carriers: NonEmpty<GivenRow<'Carrier'>>
  products: NonEmpty<GivenRow<'Product'>>
}

export function generateCatalog(): Catalog {
  const suppliers = series(supplierCount, generateSupplier)
  const categoryRows = series(categories.length, generateCategory)
  return {
    suppliers,
    categories: categoryRows,
    carriers: series(carrierNames.length, generateCarrier),
    products: series(productCount, (index) => generateProduct(index, suppliers, categoryRows)),
  }
}

function series<T>(count: number, generate: (index: number) => T): NonEmpty<T> {
  return [generate(0), ...Array.from({ length: count - 1 }, (_, index) => generate(index + 1))]
}

function generateSupplier(index: number): GivenRow<'Supplier'> {
  const random = new Random('supplier', index)
  return {
    id: random.id(opening),
    name: makeCompanyName(random),
    contactName: makePerson(random).name,
    contactTitle: makeJobTitle(random),
    ...makePlace(random),
    region: null,
  }
}

function generateCategory(index: number): GivenRow<'Category'> {
  const { name, products } = categories[index] ?? categories[0]
  return { id: new Random('category', index).id(opening), name, description: products.join(', '), version: 1 }
}

function generateCarrier(index: number): GivenRow<'Carrier'> {
  const random = new Random('carrier', index)
  return {
    id: random.id(opening),
    name: carrierNames[index] ?? carrierNames[0],
    phone: random.pattern('+1 555 ######'),
  }
}

/** Nothing is reserved at first. Orders add what they reserve, to the stock on hand too. */
function generateProduct(
  index: number,
  suppliers: NonEmpty<GivenRow<'Supplier'>>,
  categoryRows: NonEmpty<GivenRow<'Category'>>,
): GivenRow<'Product'> {
  const random = new Random('product', index)
  const category = random.pick(categoryRows)
  const kinds = categories.find(({ name }) => name === category.name)?.products ?? categories[0].products
  const { low, high } = random.weighted(priceBands)
  return {
    id: random.id(opening),
    sku: `LT-${String(index + 1).padStart(6, '0')}`,
    name: `${random.pick(manners)} ${random.pick(materials)} ${random.pick(kinds)}`,
    packaging: random.pick(packagings),
    unitPriceMinor: BigInt(random.integer(low, high) * 100 + random.pick([0, 49, 90, 95, 99])),
    currency,
    stockOnHand: random.chance(0.05) ? 0 : random.skewed(5, 800, 2),
    stockReserved: 0,
    reorderLevel: random.integer(0, 6) * 5,
    discontinued: random.chance(0.04),
    supplierId: suppliers[random.skewed(0, suppliers.length - 1, 2)]?.id ?? suppliers[0].id,
    categoryId: category.id,
    version: 1,
  }
}

/** The ledger begins with the first stock on hand. */
export function openingMovements({ products }: Catalog): GivenRow<'StockMovement'>[] {
  return products
    .filter(({ stockOnHand }) => stockOnHand > 0)
    .map(({ id, stockOnHand }, index) => ({
      id: new Random('movement', index).id(opening),
      productId: id,
      quantity: stockOnHand,
      reason: 'OPENING',
      note: null,
      orderId: null,
      occurredAt: new Date(opening),
    }))
}
