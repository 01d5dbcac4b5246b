// Northwind's suppliers, catalogue and customers as rows of the models.
import type { GivenRow } from '../copy.ts'
import { demoEpoch, demoId } from './ids.ts'
import type { Northwind } from './northwind.ts'

export const demoCurrency = 'USD'

export function supplierRows(data: Northwind): GivenRow<'Supplier'>[] {
  return data.suppliers.map((supplier) => ({
    id: demoId('supplier', supplier.supplier_id),
    name: supplier.name,
    contactName: supplier.contact_name,
    contactTitle: supplier.contact_title,
    street: supplier.street,
    city: supplier.city,
    region: supplier.region,
    postalCode: supplier.postal_code,
    country: supplier.country,
    phone: supplier.phone,
  }))
}

export function categoryRows(data: Northwind): GivenRow<'Category'>[] {
  return data.categories.map(({ category_id, name, description }) => ({
    id: demoId('category', category_id),
    name,
    description,
    version: 1,
  }))
}

export function carrierRows(data: Northwind): GivenRow<'Carrier'>[] {
  return data.carriers.map(({ carrier_id, name, phone }) => ({ id: demoId('carrier', carrier_id), name, phone }))
}

/** Northwind's units in stock count as available, so the quantities of open orders are added. */
export function productRows(data: Northwind): GivenRow<'Product'>[] {
  const reserved = reservedQuantities(data)
  return data.products.map((product) => {
    const stockReserved = reserved.get(product.product_id) ?? 0
    return {
      id: demoId('product', product.product_id),
      sku: `NW-${String(product.product_id).padStart(4, '0')}`,
      name: product.name,
      packaging: product.quantity_per_unit,
      unitPriceMinor: product.unit_price,
      currency: demoCurrency,
      stockOnHand: product.units_in_stock + stockReserved,
      stockReserved,
      reorderLevel: product.reorder_level,
      discontinued: product.discontinued,
      supplierId: demoId('supplier', product.supplier_id),
      categoryId: demoId('category', product.category_id),
      version: 1,
    }
  })
}

function reservedQuantities(data: Northwind): Map<number, number> {
  const open = new Set(data.orders.filter((order) => order.shipped_date === null).map((order) => order.order_id))
  const reserved = new Map<number, number>()
  for (const line of data.order_lines) {
    if (open.has(line.order_id)) reserved.set(line.product_id, (reserved.get(line.product_id) ?? 0) + line.quantity)
  }
  return reserved
}

/** Northwind has no e-mail addresses, so these are made up. */
export function customerRows(data: Northwind): GivenRow<'Customer'>[] {
  return data.customers.map((customer) => ({
    id: demoId('customer', customer.customer_id),
    code: customer.customer_id,
    kind: 'COMPANY',
    name: customer.name,
    contactName: customer.contact_name,
    contactTitle: customer.contact_title,
    email: `${customer.customer_id.toLowerCase()}@example.com`,
    phone: customer.phone,
    country: customer.country,
    marketingConsent: false,
    createdAt: demoEpoch,
    version: 1,
  }))
}

export function addressRows(data: Northwind): GivenRow<'Address'>[] {
  return data.customers.map((customer) => ({
    id: demoId('address', customer.customer_id),
    customerId: demoId('customer', customer.customer_id),
    recipient: customer.name,
    street: customer.street,
    city: customer.city,
    region: customer.region,
    postalCode: customer.postal_code,
    country: customer.country,
    version: 1,
  }))
}

/** The ledger begins with the demo's stock on hand. */
export function movementRows(data: Northwind): GivenRow<'StockMovement'>[] {
  return productRows(data)
    .filter(({ stockOnHand }) => stockOnHand !== 0)
    .map(({ id, stockOnHand }) => ({
      id: demoId('movement', id),
      productId: id,
      quantity: stockOnHand,
      reason: 'OPENING',
      note: null,
      orderId: null,
      occurredAt: demoEpoch,
    }))
}
